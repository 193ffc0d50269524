/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl import OUT FROM */
#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/report.h"
#include "bundlectl.h"

struct options {
	struct build_options build;
	const char *out, *from;
	bool layers;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->build;
		return 0;
	case 'l':
		o->layers = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "one folder or file at a time");
		*(state->arg_num ? &o->from : &o->out) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->out)
			argp_error(state, "no output file given");
		if (!o->from)
			argp_error(state, "no folder or file to import given");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "layers", 'l', NULL, 0, "A model per layer (blk.0, model.layers.12...) instead of one per tensor",
		0 },
	{ 0 },
};

static const struct argp_child children[] = { { &build_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.children = children,
	.parser = parse,
	.args_doc = "OUT FROM",
	.doc = "Makes the bundle OUT of FROM: a folder, whose files become models called like their paths in it, or a "
	       "safetensors or GGUF file, whose tensors become models. The header of such a file is kept as a model called .header, so that export can make the file again.",
};

static int import(const struct options *o, struct build *b)
{
	struct stat st;
	struct import_paths paths = { 0 };
	char size[32];
	if (stat(o->from, &st) < 0) {
		report("%s: %s", printable(o->from), strerror(errno));
		return EXIT_FAILURE;
	}
	if (S_ISDIR(st.st_mode) && o->layers) {
		report("--layers is for safetensors and GGUF files");
		return EXIT_USAGE;
	}
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		report("%s: no folder and no regular file", printable(o->from));
		return EXIT_FAILURE;
	}
	int status = S_ISDIR(st.st_mode) ? import_folder(b, o->from, &paths)
					 : import_tensors(b, o->from, o->layers, size);
	if (!status)
		status = build_write(b);
	import_paths_free(&paths);
	return status;
}

int import_main(int argc, char **argv)
{
	struct options o = { 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	struct build b = { .command = "import", .out = o.out, .options = &o.build };
	int status = import(&o, &b);
	build_free(&b);
	build_options_free(&o.build);
	return status;
}
