/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl export FILE TO */
#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "bundlectl.h"

struct options {
	const char *file, *to, *format;
	bool force;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'F':
		if (strcmp(arg, "folder") != 0 && strcmp(arg, "safetensors") != 0 && strcmp(arg, "gguf") != 0)
			argp_error(state, "%s: not folder, safetensors or gguf", printable(arg));
		o->format = arg;
		return 0;
	case 'f':
		o->force = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "one bundle to one folder or file");
		*(state->arg_num ? &o->to : &o->file) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			argp_error(state, "no bundle given");
		if (!o->to)
			argp_error(state, "no folder or file to export to given");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "format", 'F', "FORMAT", 0,
		"folder, safetensors or gguf (default: what TO ends in, otherwise folder)", 0 },
	{ "force", 'f', NULL, 0, "Into a folder: overwrite files called like a model", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE TO",
	.doc = "Writes a bundle out as a folder with a file for each model, or as one safetensors or GGUF file. A bundle that "
	       "was imported from such a file becomes that file again; any other becomes a safetensors file with a tensor of bytes for each model.",
};

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path), n = strlen(ending);
	return len > n && strcmp(path + len - n, ending) == 0;
}

static const char *format_of(const char *path)
{
	if (ends_in(path, ".safetensors"))
		return "safetensors";
	return ends_in(path, ".gguf") ? "gguf" : "folder";
}

static int export(const struct export *e, const char *format, bool force)
{
	if (strcmp(format, "folder") == 0)
		return extract_folder(e->paged, e->file, e->out, force);
	if (export_is_from(e, format))
		return export_again(e);
	if (strcmp(format, "safetensors") == 0)
		return export_bytes(e);
	report("%s: was not imported from GGUF (export it to safetensors or a folder)", printable(e->file));
	return EXIT_FAILURE;
}

int export_main(int argc, char **argv)
{
	struct options o = { 0 };
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	struct export e = { .file = o.file, .out = o.to };
	int err = pb_open(o.file, NULL, &e.paged);
	if (err)
		return report_bundle(o.file, err);
	int status = export(&e, o.format ? o.format : format_of(o.to), o.force);
	pb_close(e.paged);
	return status;
}
