/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "export.h"
#include "meter.h"
#include "model_stream.h"
#include "reports.h"

#define METADATA "__metadata__"

static void add_metadata(struct text *t, const struct pb_paged *p)
{
	struct pb_metadata pair;
	for (size_t i = 0; pb_metadata_at(p, i, &pair) == PB_OK; i++) {
		text_str(t, i ? ",\"" : "\"" METADATA "\":{\"");
		text_json(t, pair.key, pair.key_len);
		text_str(t, "\":\"");
		text_json(t, pair.value, pair.value_len);
		text_char(t, '"');
	}
	if (pb_metadata_count(p))
		text_char(t, '}');
}

static uint64_t add_tensor(struct text *t, const struct pb_model *model, uint64_t begin)
{
	if (t->len > 1)
		text_str(t, ",\n");
	text_char(t, '"');
	text_json(t, model->name, model->name_len);
	text_printf(t, "\":{\"dtype\":\"U8\",\"shape\":[%llu],\"data_offsets\":[%llu,%llu]}",
		(unsigned long long)model->size, (unsigned long long)begin,
		(unsigned long long)(begin + model->size));
	return begin + model->size;
}

/* The kept header of an imported file is not exported: it describes that file, not this one. */
static size_t header_of(const struct export *e)
{
	size_t index;
	return export_header(e, &index) ? index : SIZE_MAX;
}

/* The length in 8 bytes, then JSON padded so that the tensors begin at a multiple of 8. */
static int make_header(const struct export *e, struct text *header)
{
	struct text json = { 0 };
	struct pb_model model;
	uint64_t end = 0;
	size_t kept = header_of(e);
	text_char(&json, '{');
	add_metadata(&json, e->paged);
	for (size_t i = 0; pb_model_at(e->paged, i, &model) == PB_OK; i++) {
		if (model.name_len == strlen(METADATA) && strcmp(model.name, METADATA) == 0) {
			report("%s: a tensor cannot be called " METADATA, printable(e->bundle->name));
			text_free(&json);
			return EXIT_FAILURE;
		}
		if (i != kept)
			end = add_tensor(&json, &model, end);
	}
	text_char(&json, '}');
	while (json.len % 8 && !json.failed)
		text_char(&json, ' ');
	for (uint64_t i = 0, len = json.len; i < 8; i++, len >>= 8)
		text_char(header, (char)len);
	text_add(header, json.data, json.len);
	int status = json.failed || header->failed ? report_no_memory() : EXIT_SUCCESS;
	text_free(&json);
	return status;
}

static int write_file(const struct export *e, const struct outfile *file, const struct text *header)
{
	struct meter meter;
	struct model_check check;
	const struct model_out out = { e->paged, e->bundle->name, file, &meter, &check };
	struct pb_info info;
	size_t kept = header_of(e);
	pb_info_init(&info);
	pb_info_get(e->paged, &info);
	meter_start(&meter, "export", header->len + info.total_size);
	int status =
		outfile_write(file, header->data, header->len) < 0 ? report_errno(file->path) : EXIT_SUCCESS;
	for (size_t i = 0; !status && i < pb_count(e->paged); i++)
		if (i != kept)
			status = model_copy(&out, i);
	meter_clear(&meter);
	return status;
}

int export_bytes(const struct export *e)
{
	struct text header = { 0 };
	struct outfile out;
	int status = make_header(e, &header);
	if (!status)
		status = outfile_open(&out, e->out, &e->bundle->st, 0);
	if (!status)
		status = outfile_close(&out, write_file(e, &out, &header));
	text_free(&header);
	return status;
}
