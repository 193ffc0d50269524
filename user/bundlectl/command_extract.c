/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl extract FILE NAME, or FILE --all DIR */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/extract.h"
#include "user/packing/reports.h"

struct options {
	const char *file, *name;
	const char *out;    /* -o */
	const char *folder; /* --all */
	bool force;
};

static const struct argp_option table[] = {
	{ "output", 'o', "OUT", 0, "Write to this file; - is stdout (default: a file called like the model)",
		0 },
	{ "all", 'a', "DIR", 0, "Write every model to a file in this folder, made if it is missing", 0 },
	{ "force", 'f', NULL, 0, "Overwrite files called like a model", 0 },
	{ 0 },
};

static const char doc[] =
	"Writes models out as files. A file is called like its model, with '%', control characters and a leading dot written as "
	"%XX, so that no name leads out of the folder; with --all a '/' makes folders, without it is written as %2F. FILE may be "
	"-, stdin. Models are compared with their checksums.";

static const char *check(const void *context)
{
	const struct options *o = context;
	if (!o->name == !o->folder)
		return "give a model's name or --all DIR, one of them";
	return o->folder && o->out ? "-o names one file; --all writes many" : NULL;
}

static int extract_one(const struct extract *x, const struct options *o)
{
	size_t index;
	if (pb_find(x->paged, o->name, strlen(o->name), &index) == PB_OK)
		return extract_model(x, index, o->out);
	report("%s: %s: no such model (bundlectl list names them)", printable(x->bundle->name),
		printable(o->name));
	return EXIT_FAILURE;
}

int extract_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct input bundle;
	struct pb_paged *p;
	const struct command_line line = {
		.args_doc = "FILE NAME\nFILE --all DIR",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'o', .text = &o.out }, { 'a', .text = &o.folder },
			{ 'f', .flag = &o.force }, { 0 } },
		.operands =
			(const struct operand[]){ { &o.file, "no bundle given" }, { &o.name, NULL }, { 0 } },
		.surplus = "one model at a time, or --all DIR",
		.check = check,
		.context = &o,
	};
	command_line_parse(&line, argc, argv);
	int status = input_open_bundle(&bundle, o.file, &p);
	if (status)
		return status;
	const struct extract x = { p, &bundle, o.force };
	status = o.folder ? extract_folder(&x, o.folder) : extract_one(&x, &o);
	pb_close(p);
	return status;
}
