/* SPDX-License-Identifier: BSD-2-Clause */
#include "html_page.h"

/* The path is relative to the top of the tree, where make runs. */
#define EMBED(name, path)                                                                                    \
	__asm__(".pushsection .rodata\n"                                                                     \
		".global " name "\n"                                                                         \
		".type " name ", %object\n" name ":\n"                                                       \
		".incbin \"" path "\"\n"                                                                     \
		".byte 0\n"                                                                                  \
		".size " name ", . - " name "\n"                                                             \
		".popsection\n")

EMBED("html_page", "user/sink/html_page.html");
EMBED("html_page_style", "user/sink/html_page.css");
EMBED("html_page_script", "user/sink/html_page.js");
