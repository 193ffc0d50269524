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
	"Writes models out as files. A file is called like its model, with '/', '%', control characters and a leading dot written as %XX, so that no name leads out of the folder.";

static const char *check(const void *context)
{
	const struct options *o = context;
	if (!o->name == !o->folder)
		return "give a model's name or --all DIR, one of them";
	return o->folder && o->out ? "-o names one file; --all writes many" : NULL;
}

static int extract_one(struct pb_paged *p, const struct options *o)
{
	size_t index;
	if (pb_find(p, o->name, strlen(o->name), &index) == PB_OK)
		return extract_model(p, o->file, index, o->out, o->force);
	report("%s: %s: no such model (bundlectl list names them)", printable(o->file), printable(o->name));
	return EXIT_FAILURE;
}

int extract_main(int argc, char **argv)
{
	struct options o = { 0 };
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
	int err = pb_open(o.file, NULL, &p);
	if (err)
		return report_bundle(o.file, err);
	int status = o.folder ? extract_folder(p, o.file, o.folder, o.force) : extract_one(p, &o);
	pb_close(p);
	return status;
}
