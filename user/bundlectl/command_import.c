/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl import OUT FROM */
#include <stdlib.h>
#include <sys/stat.h>

#include "user/base/report.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/import.h"
#include "user/packing/reports.h"

static const struct argp_option table[] = {
	{ "layers", 'l', NULL, 0, "A model per layer (blk.0, model.layers.12...) instead of one per tensor",
		0 },
	{ 0 },
};

static const char doc[] =
	"Makes the bundle OUT of FROM: a folder, whose files become models called like their paths in it, or a "
	"safetensors or GGUF file, whose tensors become models. The header of such a file is kept as a model called .header, so that export can make the file again.";

static int import(struct build *b, const char *from, bool layers)
{
	struct stat st;
	struct import_paths paths = { 0 };
	char size[32];
	if (stat(from, &st) < 0)
		return report_errno(from);
	if (S_ISDIR(st.st_mode) && layers) {
		report("--layers is for safetensors and GGUF files");
		return EXIT_USAGE;
	}
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		report("%s: no folder and no regular file", printable(from));
		return EXIT_FAILURE;
	}
	int status =
		S_ISDIR(st.st_mode) ? import_folder(b, from, &paths) : import_tensors(b, from, layers, size);
	if (!status)
		status = build_write(b);
	import_paths_free(&paths);
	return status;
}

int import_main(int argc, char **argv)
{
	struct build_options options = { 0 };
	struct build b = { .command = "import", .options = &options };
	const char *from = NULL;
	bool layers = false;
	const struct command_line line = {
		.args_doc = "OUT FROM",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'l', .flag = &layers }, { 0 } },
		.operands = (const struct operand[]){ { &b.out, "no output file given" },
			{ &from, "no folder or file to import given" }, { 0 } },
		.surplus = "one folder or file at a time",
		.build = &options,
	};
	command_line_parse(&line, argc, argv);
	int status = import(&b, from, layers);
	build_free(&b);
	build_options_free(&options);
	return status;
}
