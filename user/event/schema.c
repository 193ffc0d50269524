/* SPDX-License-Identifier: BSD-2-Clause */
/* The schema is a file of its own, so that other tools can read it; its bytes are taken in here, with a zero
 * after. */
#include "schema.h"

__asm__(".pushsection .rodata\n"
	".global trace_schema\n"
	".type trace_schema, %object\n"
	"trace_schema:\n"
	".incbin \"docs/bundletrace-trace.schema.json\"\n" /* from the top of the tree, where make runs */
	".byte 0\n"
	".size trace_schema, . - trace_schema\n"
	".popsection\n");
