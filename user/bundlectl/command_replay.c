/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl replay SCRIPT */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "bundlectl.h"

struct options {
	const char *script, *dir;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'C':
		o->dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_error(state, "one script at a time");
		o->script = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no script given");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "directory", 'C', "DIR", 0,
		"Paths in the script are relative to this folder (default: the current one)", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "SCRIPT",
	.doc = "Runs an access script (- is stdin) and prints a line of JSON for each operation.\vOperations: open PATH [max_memory=N|raw_max_memory=N] [prefetch=0|1] [prefetch_count=N] "
	       "[eviction=POLICY] [page_size=N]; get NAME; hint NAME; evict NAME; clear; stats; names; meta NAME. POLICY: LRU, LFU, LFU-DA, CLOCK, SIEVE, S3-FIFO, ARC, GDSF, AUTO. "
	       "Names are percent-encoded, \"\" is the empty name, # starts a comment.",
};

int replay_main(int argc, char **argv)
{
	struct options o = { .dir = "." };
	struct text out = { 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	FILE *script = strcmp(o.script, "-") == 0 ? stdin : fopen(o.script, "re");
	if (!script) {
		report("%s: %s", printable(o.script), strerror(errno));
		return EXIT_FAILURE;
	}
	int status = replay_script(script, o.script, o.dir, &out, print_text);
	text_free(&out);
	if (script != stdin)
		fclose(script);
	return status;
}
