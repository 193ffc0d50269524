/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl convert IN OUT */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "build.h"
#include "bundlectl.h"

struct options {
	struct build_options build;
	const char *in, *out;
	bool plain;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->build;
		return 0;
	case 'p':
		o->plain = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "one bundle to another");
		*(state->arg_num ? &o->out : &o->in) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->in)
			argp_error(state, "no bundle given");
		if (!o->out)
			argp_error(state, "no output file given");
		if (o->plain && build_extended(&o->build))
			argp_error(state,
				"--plain is the original format, which has nothing of what else is asked for");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "plain", 'p', NULL, 0, "To the original format: without checksums, metadata and components", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &build_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = options,
	.children = children,
	.parser = parse,
	.args_doc = "IN OUT",
	.doc = "Writes the bundle IN once more as OUT, which may be the same file. What IN says about its models, and "
	       "its time of creation, are kept; it is compressed only with --compress. Checksums are checked on the way.",
};

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

static int convert(struct pb_paged *p, const struct options *o)
{
	struct pb_info info;
	pb_info_init(&info);
	pb_info_get(p, &info);
	struct build b = {
		.command = "convert",
		.out = o->out,
		.options = &o->build,
		.extended = info.extension && !o->plain,
		.dated = true,
		.created_at = info.created_at,
		.description = info.description,
		.description_len = info.description_len,
		.like = o->plain ? NULL : p,
	};
	int status = add_models(&b, p, o->in);
	if (!status)
		status = build_write(&b);
	build_free(&b);
	return status;
}

int convert_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct pb_paged *p;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return EXIT_FAILURE;
	int err = pb_open(o.in, NULL, &p), status;
	if (err) {
		status = report_bundle(o.in, err);
	} else {
		status = convert(p, &o);
		pb_close(p);
	}
	build_options_free(&o.build);
	return status;
}
