/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl export FILE TO */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/export.h"
#include "user/packing/extract.h"
#include "user/packing/reports.h"

static const struct argp_option table[] = {
	{ "format", 'F', "FORMAT", 0,
		"folder, safetensors or gguf (default: what TO ends in, otherwise folder; to stdout the one that it was "
		"imported from)",
		0 },
	{ "force", 'f', NULL, 0, "Into a folder: overwrite files called like a model", 0 },
	{ 0 },
};

static const char doc[] =
	"Writes a bundle out as a folder with a file for each model, or as one safetensors or GGUF file (- is stdout). A "
	"bundle that was imported from such a file becomes that file again, or one that was imported from several files these, in "
	"the folder TO, with --format; any other becomes a safetensors file with a tensor "
	"of bytes for each model. FILE may be -, stdin. Models are compared with their checksums.";

static const char *refuse_format(const char *format)
{
	static const char *const formats[] = { "folder", "safetensors", "gguf" };
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (strcmp(format, formats[i]) == 0)
			return NULL;
	return "not folder, safetensors or gguf";
}

static bool ends_in(const char *path, const char *ending)
{
	size_t len = strlen(path), n = strlen(ending);
	return len > n && strcmp(path + len - n, ending) == 0;
}

static const char *format_of(const char *path)
{
	if (ends_in(path, ".safetensors"))
		return "safetensors";
	return ends_in(path, ".gguf") ? "gguf" : strcmp(path, "-") == 0 ? "" : "folder";
}

static int export(const struct export *e, const char *format)
{
	if (!*format)
		format = export_is_from(e, "gguf") ? "gguf" : "safetensors";
	if (strcmp(format, "folder") == 0 && strcmp(e->out, "-") == 0) {
		report("-: a folder cannot be written to stdout (--format=safetensors can)");
		return EXIT_USAGE;
	}
	if (strcmp(format, "folder") == 0)
		return extract_folder(&(struct extract){ e->paged, e->bundle, e->force }, e->out);
	if (export_is_from(e, format))
		return export_original(e);
	if (strcmp(format, "safetensors") == 0)
		return export_bytes(e);
	report("%s: was not imported from GGUF (export it to safetensors or a folder)",
		printable(e->bundle->name));
	return EXIT_FAILURE;
}

int export_main(int argc, char **argv)
{
	struct export e = { 0 };
	struct input bundle;
	const char *file = NULL, *format = NULL;
	const struct command_line line = {
		.args_doc = "FILE TO",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'F', .text = &format, .refuse = refuse_format },
			{ 'f', .flag = &e.force }, { 0 } },
		.operands = (const struct operand[]){ { &file, "no bundle given" },
			{ &e.out, "no folder or file to export to given" }, { 0 } },
		.surplus = "one bundle to one folder or file",
	};
	command_line_parse(&line, argc, argv);
	int status = input_open_bundle(&bundle, file, &e.paged);
	if (status)
		return status;
	e.bundle = &bundle;
	status = export(&e, format ? format : format_of(e.out));
	pb_close(e.paged);
	return status;
}
