/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "bundlectl.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct bundle_args *args = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_error(state, "one bundle at a time");
		args->file = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no bundle given");
		return 0;
	}
	if (key != args->key)
		return ARGP_ERR_UNKNOWN;
	args->flag = true;
	return 0;
}

struct bundle_args bundle_args(int argc, char **argv, const struct argp_option options[], const char *doc)
{
	const struct argp argp = { .options = options, .parser = parse, .args_doc = "FILE", .doc = doc };
	struct bundle_args args = { .key = options[0].key };
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	return args;
}

int report_bundle(const char *path, int err)
{
	report("%s: %s: %s", printable(path), pb_strerror(err), printable(pb_error_detail()));
	return EXIT_FAILURE;
}

int print_text(struct text *t)
{
	int status = EXIT_SUCCESS;
	if (t->failed) {
		report("out of memory");
		status = EXIT_FAILURE;
	} else if (fwrite(t->data, 1, t->len, stdout) != t->len || fflush(stdout) != 0) {
		report("stdout: %s", strerror(errno));
		status = EXIT_FAILURE;
	}
	text_free(t);
	return status;
}
