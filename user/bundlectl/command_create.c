/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl create OUT NAME=FILE... */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "user/packing/build.h"
#include "user/packing/input.h"
#include "user/packing/outfile.h"
#include "command_line.h"
#include "commands.h"

static const char doc[] =
	"Makes the bundle OUT of FILEs, in this order. OUT appears, or is replaced, at once and whole. OUT may be - (stdout), "
	"and one FILE (stdin). With --align, --checksum, --meta or --component, models are aligned and have "
	"checksums.\v"
	"Example: bundlectl create m.apbundle encoder=enc.bin decoder=dec.bin";

static int add_input(struct build *b, const char *arg)
{
	const char *equals = strchr(arg, '='), *path = equals ? equals + 1 : "";
	if (!equals || equals == arg || !*path) {
		report("%s: not NAME=FILE (give each model a name and a file)", printable(arg));
		return EXIT_USAGE;
	}
	struct input in;
	int status = input_find(&in, path);
	if (status)
		return status;
	if (!S_ISREG(in.st.st_mode)) {
		report("%s: not a regular file (its size must be known at the start)", printable(path));
		return EXIT_FAILURE;
	}
	if (outfile_is(b->out, &in.st)) {
		report("%s: is the output too (write to another file)", printable(in.name));
		return EXIT_FAILURE;
	}
	status = build_add_model(b, arg, (size_t)(equals - arg));
	return status ? status : build_add_file(b, b->model_count - 1, in.path, &in.st);
}

int create_main(int argc, char **argv)
{
	struct build_options options = { 0 };
	struct build b = { .command = "create", .options = &options };
	char **inputs = NULL; /* NAME=FILE */
	int count = 0, status = EXIT_SUCCESS;
	const struct command_line line = {
		.args_doc = "OUT NAME=FILE...",
		.doc = doc,
		.operands = (const struct operand[]){ { &b.out, "no output file given" }, { 0 } },
		.rest = &inputs,
		.rest_count = &count,
		.build = &options,
	};
	command_line_parse(&line, argc, argv);
	if (count == 0) {
		report("no model given (NAME=FILE, for each)");
		status = EXIT_USAGE;
	}
	for (int i = 0; !status && i < count; i++)
		status = add_input(&b, inputs[i]);
	if (!status)
		status = build_write(&b);
	build_free(&b);
	build_options_free(&options);
	return status;
}
