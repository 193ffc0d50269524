/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl create OUT NAME=FILE... */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/report.h"
#include "build.h"
#include "bundlectl.h"

struct options {
	struct build_options build;
	const char *out;
	char **inputs; /* NAME=FILE, the rest of argv */
	int count;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->build;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			return ARGP_ERR_UNKNOWN; /* so that the rest comes at once */
		o->out = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->inputs = state->argv + state->next;
		o->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no output file given");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = { { &build_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.children = children,
	.parser = parse,
	.args_doc = "OUT NAME=FILE...",
	.doc = "Makes the bundle OUT of FILEs, in this order. OUT appears, or is replaced, at once and whole. With --align, --checksum, --meta or --component, models are aligned and have "
	       "checksums.\v"
	       "Example: bundlectl create m.apbundle encoder=enc.bin decoder=dec.bin",
};

static int add_input(struct build *b, const char *arg)
{
	const char *equals = strchr(arg, '='), *path = equals ? equals + 1 : "";
	if (!equals || equals == arg || !*path) {
		report("%s: not NAME=FILE (give each model a name and a file)", printable(arg));
		return EXIT_USAGE;
	}
	struct stat st;
	if (stat(path, &st) < 0) {
		report("%s: %s", printable(path), strerror(errno));
		return EXIT_FAILURE;
	}
	if (!S_ISREG(st.st_mode)) {
		report("%s: not a regular file (its size must be known at the start)", printable(path));
		return EXIT_FAILURE;
	}
	int status = build_add_model(b, arg, (size_t)(equals - arg));
	return status ? status
		      : build_add_part(b, b->model_count - 1,
				(struct build_part){
					.path = path, .size = (uint64_t)st.st_size, .whole = true });
}

int create_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct build b = { .command = "create", .options = &o.build };
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	b.out = o.out;
	int status = EXIT_SUCCESS;
	for (int i = 0; !status && i < o.count; i++)
		status = add_input(&b, o.inputs[i]);
	if (!status)
		status = build_write(&b);
	build_free(&b);
	build_options_free(&o.build);
	return status;
}
