/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl replay SCRIPT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access_script.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/reports.h"

static const struct argp_option table[] = {
	{ "directory", 'C', "DIR", 0,
		"Paths in the script are relative to this folder (default: the current one)", 0 },
	{ 0 },
};

static const char doc[] =
	"Runs an access script (- is stdin) and prints a line of JSON for each operation.\vOperations: open PATH [max_memory=N|raw_max_memory=N] [prefetch=0|1] [prefetch_count=N] "
	"[eviction=POLICY] [page_size=N]; get NAME; hint NAME; evict NAME; clear; stats; names; meta NAME. POLICY: LRU, LFU, LFU-DA, CLOCK, SIEVE, S3-FIFO, ARC, GDSF, AUTO. "
	"Names are percent-encoded, \"\" is the empty name, # starts a comment.";

int replay_main(int argc, char **argv)
{
	const char *name = NULL, *dir = ".";
	struct text out = { 0 };
	const struct command_line line = {
		.args_doc = "SCRIPT",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'C', .text = &dir }, { 0 } },
		.operands = (const struct operand[]){ { &name, "no script given" }, { 0 } },
		.surplus = "one script at a time",
	};
	command_line_parse(&line, argc, argv);
	FILE *script = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	if (!script)
		return report_errno(name);
	int status = access_script_run(script, name, dir, &out, print_text);
	text_free(&out);
	if (script != stdin)
		fclose(script);
	return status;
}
