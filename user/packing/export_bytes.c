/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"
#include "export.h"
#include "meter.h"
#include "model_stream.h"
#include "outfile.h"
#include "reports.h"
#include "tensors.h"

#define METADATA "__metadata__"

/* The kept header of an imported file is not exported: it describes that file, not this one. */
static bool is_tensor(const struct pb_model *model)
{
	return model->name_len != strlen(TENSORS_HEADER) ||
	       memcmp(model->name, TENSORS_HEADER, model->name_len) != 0;
}

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

/* The length in 8 bytes, then JSON padded so that the tensors begin at a multiple of 8. */
static int make_header(const struct export *e, struct text *header)
{
	struct text json = { 0 };
	struct pb_model model;
	uint64_t end = 0;
	text_char(&json, '{');
	add_metadata(&json, e->paged);
	for (size_t i = 0; pb_model_at(e->paged, i, &model) == PB_OK; i++) {
		if (model.name_len == strlen(METADATA) && strcmp(model.name, METADATA) == 0) {
			report("%s: a tensor cannot be called " METADATA, printable(e->file));
			text_free(&json);
			return EXIT_FAILURE;
		}
		if (is_tensor(&model))
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
	struct model_out out = { file->fd, &meter };
	struct pb_info info;
	struct pb_model model;
	pb_info_init(&info);
	pb_info_get(e->paged, &info);
	meter_start(&meter, "export", header->len + info.total_size);
	int result = model_write(&out, header->data, header->len);
	for (size_t i = 0; !result && pb_model_at(e->paged, i, &model) == PB_OK; i++)
		if (is_tensor(&model))
			result = model_stream(e->paged, i, 0, model.size, model_write, &out);
	int keep = errno;
	meter_clear(&meter);
	if (result < 0)
		return report_bundle(e->file, result);
	errno = keep;
	return result ? report_errno(e->out) : EXIT_SUCCESS;
}

int export_bytes(const struct export *e)
{
	struct text header = { 0 };
	struct outfile out;
	int status = make_header(e, &header);
	if (!status)
		status = outfile_replace(&out, e->out);
	if (!status)
		status = outfile_close(&out, write_file(e, &out, &header));
	text_free(&header);
	return status;
}
