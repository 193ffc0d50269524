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
	{ "follow", 'L', NULL, 0, "In a folder: take what symbolic links lead to", 0 },
	{ "alone", 'A', NULL, 0, "Of one of several files of a model: take that file alone", 0 },
	{ 0 },
};

static const char doc[] =
	"Makes the bundle OUT of FROM: a folder, whose files become models called like their paths in it, or a "
	"safetensors or GGUF file (- is stdin), whose tensors become models. The header of such a file is kept as a model called "
	".header, so that export can make the file again. One of several files of a model (safetensors with an index, split GGUF), or the "
	"index, stands for all of them. What is no regular file is left out of a folder.";

struct options {
	bool layers, follow, alone;
};

static int import_from(struct build *b, const struct input *from, const struct options *o)
{
	struct import_texts texts = { 0 };
	bool folder = S_ISDIR(from->st.st_mode);
	if (folder ? o->layers || o->alone : o->follow) {
		report("%s", folder ? o->layers ? "--layers is for safetensors and GGUF files"
						: "--alone is for safetensors and GGUF files"
				    : "--follow is for folders");
		return EXIT_USAGE;
	}
	if (!folder && !S_ISREG(from->st.st_mode)) {
		report("%s: no folder and no regular file", printable(from->name));
		return EXIT_FAILURE;
	}
	b->input = &from->st;
	int status = folder ? import_folder(b, from->name, o->follow, &texts)
			    : import_tensors(b, from, (struct import_how){ o->layers, o->alone }, &texts);
	if (!status)
		status = build_write(b);
	import_texts_free(&texts);
	return status;
}

int import_main(int argc, char **argv)
{
	struct build_options options = { 0 };
	struct build b = { .command = "import", .options = &options };
	struct options o = { 0 };
	struct input in;
	const char *from = NULL;
	const struct command_line line = {
		.args_doc = "OUT FROM",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'l', .flag = &o.layers },
			{ 'L', .flag = &o.follow }, { 'A', .flag = &o.alone }, { 0 } },
		.operands = (const struct operand[]){ { &b.out, "no output file given" },
			{ &from, "no folder or file to import given" }, { 0 } },
		.surplus = "one folder or file at a time",
		.build = &options,
	};
	command_line_parse(&line, argc, argv);
	int status = input_find(&in, from);
	if (!status)
		status = import_from(&b, &in, &o);
	build_free(&b);
	build_options_free(&options);
	return status;
}
