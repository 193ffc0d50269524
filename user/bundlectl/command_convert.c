/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl convert IN OUT */
#include <stdlib.h>

#include "user/packing/build.h"
#include "user/packing/input.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/reports.h"

struct options {
	struct build_options build;
	const char *in, *out;
	bool plain;
};

static const struct argp_option table[] = {
	{ "plain", 'p', NULL, 0, "To the original format: without checksums, metadata and components", 0 },
	{ 0 },
};

static const char doc[] =
	"Writes the bundle IN once more as OUT, which may be the same file. Either may be -, stdin and stdout. What IN says about its models, and "
	"its time of creation, are kept; it is compressed only with --compress. Checksums are checked on the way.";

static const char *check(const void *context)
{
	const struct options *o = context;
	return o->plain && build_options_extended(&o->build)
		       ? "--plain is the original format, which has nothing of what else is asked for"
		       : NULL;
}

static int add_models(struct build *b, struct pb_paged *p, const char *path)
{
	int status = EXIT_SUCCESS;
	struct pb_model model;
	for (size_t i = 0; !status && pb_model_at(p, i, &model) == PB_OK; i++) {
		struct pb_storage storage;
		pb_storage_init(&storage);
		pb_storage_at(p, i, &storage);
		status = build_add_model(b, model.name, model.name_len);
		if (status)
			return status;
		b->models[i].has_checksum = storage.has_checksum;
		b->models[i].checksum = storage.checksum;
		status = build_add_part(b, (uint32_t)i,
			(struct build_part){ .path = path, .bundle = p, .index = i, .size = model.size });
	}
	return status;
}

static int convert(struct pb_paged *p, const struct input *in, const struct options *o)
{
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(p, &info);
	struct build b = {
		.command = "convert",
		.out = o->out,
		.input = &in->st,
		.over_input = true,
		.options = &o->build,
		.extended = info.extension && !o->plain,
		.dated = true,
		.created_at = info.created_at,
		.description = info.description,
		.description_len = info.description_len,
		.like = o->plain ? NULL : p,
	};
	int status = add_models(&b, p, in->name);
	if (!status)
		status = build_write(&b);
	build_free(&b);
	return status;
}

int convert_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct input in;
	struct pb_paged *p;
	const struct command_line line = {
		.args_doc = "IN OUT",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'p', .flag = &o.plain }, { 0 } },
		.operands = (const struct operand[]){ { &o.in, "no bundle given" },
			{ &o.out, "no output file given" }, { 0 } },
		.surplus = "one bundle to another",
		.build = &o.build,
		.check = check,
		.context = &o,
	};
	command_line_parse(&line, argc, argv);
	int status = input_open_bundle(&in, o.in, &p);
	if (!status) {
		status = convert(p, &in, &o);
		pb_close(p);
	}
	build_options_free(&o.build);
	return status;
}
