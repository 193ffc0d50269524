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
		"folder, safetensors or gguf (default: what TO ends in, otherwise folder)", 0 },
	{ "force", 'f', NULL, 0, "Into a folder: overwrite files called like a model", 0 },
	{ 0 },
};

static const char doc[] =
	"Writes a bundle out as a folder with a file for each model, or as one safetensors or GGUF file. A bundle that "
	"was imported from such a file becomes that file again; any other becomes a safetensors file with a tensor of bytes for each model.";

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
	return ends_in(path, ".gguf") ? "gguf" : "folder";
}

static int export(const struct export *e, const char *format, bool force)
{
	if (strcmp(format, "folder") == 0)
		return extract_folder(e->paged, e->file, e->out, force);
	if (export_is_from(e, format))
		return export_original(e);
	if (strcmp(format, "safetensors") == 0)
		return export_bytes(e);
	report("%s: was not imported from GGUF (export it to safetensors or a folder)", printable(e->file));
	return EXIT_FAILURE;
}

int export_main(int argc, char **argv)
{
	struct export e = { 0 };
	const char *format = NULL;
	bool force = false;
	const struct command_line line = {
		.args_doc = "FILE TO",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'F', .text = &format, .refuse = refuse_format },
			{ 'f', .flag = &force }, { 0 } },
		.operands = (const struct operand[]){ { &e.file, "no bundle given" },
			{ &e.out, "no folder or file to export to given" }, { 0 } },
		.surplus = "one bundle to one folder or file",
	};
	command_line_parse(&line, argc, argv);
	int err = pb_open(e.file, NULL, &e.paged);
	if (err)
		return report_bundle(e.file, err);
	int status = export(&e, format ? format : format_of(e.out), force);
	pb_close(e.paged);
	return status;
}
