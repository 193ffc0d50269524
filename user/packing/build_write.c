/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a bundle: its manifest, then the bytes of each model. */
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "user/base/report.h"
#include "build.h"
#include "meter.h"
#include "model_stream.h"
#include "outfile.h"
#include "reports.h"

static int by_model(const void *a, const void *b)
{
	const struct build_part *x = a, *y = b;
	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Groups the parts by model, in the order they were added; drops empty parts. */
static void sort_parts(struct build *b)
{
	uint32_t kept = 0;
	if (b->part_count > 0)
		qsort(b->parts, b->part_count, sizeof(*b->parts), by_model);
	for (uint32_t i = 0; i < b->part_count; i++) {
		struct build_part part = b->parts[i];
		struct build_model *model = &b->models[part.model];
		if (part.size == 0)
			continue;
		if (model->parts++ == 0)
			model->part = kept;
		b->parts[kept++] = part;
	}
	b->part_count = kept;
}

struct copy {
	const struct build *build;
	struct pb_writer *writer;
	struct meter meter;
	XXH3_state_t *hash;
	char *portion;
};

static int copy_bytes(struct copy *c, struct build_cursor *cursor, const struct build_model *model)
{
	int status = EXIT_SUCCESS;
	for (uint64_t left = model->size; !status && left > 0;) {
		size_t n = left < STREAM_PORTION ? (size_t)left : STREAM_PORTION;
		status = build_cursor_read(cursor, c->portion, n);
		int err = status ? PB_OK : pb_writer_write(c->writer, c->portion, n);
		if (err) {
			meter_clear(&c->meter);
			return report_bundle(c->build->out, err);
		}
		if (!status && model->has_checksum)
			XXH3_64bits_update(c->hash, c->portion, n);
		meter_add(&c->meter, n);
		left -= n;
	}
	return status;
}

static int copy_model(struct copy *c, uint32_t i)
{
	const struct build_model *model = &c->build->models[i];
	struct build_cursor cursor;
	build_cursor_start(&cursor, c->build, i);
	if (model->has_checksum)
		XXH3_64bits_reset(c->hash);
	int status = copy_bytes(c, &cursor, model);
	build_cursor_end(&cursor);
	if (status || !model->has_checksum || XXH3_64bits_digest(c->hash) == model->checksum)
		return status;
	meter_clear(&c->meter);
	report("%s: model '%s': %s", printable(c->build->parts[model->part].path),
		printable_name(model->name, model->name_len), pb_strerror(PB_ERR_DAMAGED));
	return EXIT_FAILURE;
}

static int copy_models(struct pb_writer *w, const struct build *b)
{
	struct copy c = {
		.build = b, .writer = w, .hash = XXH3_createState(), .portion = malloc(STREAM_PORTION)
	};
	int status = c.hash && c.portion ? EXIT_SUCCESS : report_no_memory();
	uint64_t total = 0;
	for (uint32_t i = 0; i < b->model_count; i++)
		total += b->models[i].twin ? 0 : b->models[i].size;
	meter_start(&c.meter, b->command, total);
	for (uint32_t i = 0; !status && i < b->model_count; i++)
		if (!b->models[i].twin && b->models[i].size)
			status = copy_model(&c, i);
	meter_clear(&c.meter);
	XXH3_freeState(c.hash);
	free(c.portion);
	return status;
}

static void take_options(struct build *b)
{
	const struct build_options *o = b->options;
	if (o->description) {
		b->description = o->description;
		b->description_len = strlen(o->description);
	}
	if (o->dated) {
		b->dated = true;
		b->created_at = o->created_at;
	}
	b->extended = b->extended || build_options_extended(o);
}

static int write_bundle(struct build *b, const struct outfile *out)
{
	struct pb_writer *w;
	int err = pb_writer_open_fd(out->fd, b->out, &w);
	if (err)
		return report_bundle(b->out, err);
	int status = build_declare(w, b);
	if (!status)
		status = copy_models(w, b);
	if (status) {
		pb_writer_abort(w);
		return status;
	}
	err = pb_writer_commit(w);
	return err ? report_bundle(b->out, err) : EXIT_SUCCESS;
}

int build_write(struct build *b)
{
	struct outfile out;
	take_options(b);
	sort_parts(b);
	int status = build_find_twins(b);
	if (!status)
		status = outfile_open(
			&out, b->out, b->input, OUTFILE_SEEKS | (b->over_input ? OUTFILE_OVER_INPUT : 0));
	return status ? status : outfile_close(&out, write_bundle(b, &out));
}
