/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_stream.h"

#include <errno.h>
#include <stdlib.h>

#include "user/base/report.h"
#include "reports.h"

int model_stream(
	struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, model_sink sink, void *context)
{
	char *portion = malloc(STREAM_PORTION);
	int result = portion ? 0 : PB_ERR_MEMORY;
	while (result == 0 && size > 0) {
		size_t n = size < STREAM_PORTION ? (size_t)size : STREAM_PORTION;
		result = pb_fetch_at(paged, index, offset, n, portion);
		if (result == 0)
			result = sink(context, portion, n);
		offset += n;
		size -= n;
	}
	int keep = errno;
	free(portion);
	errno = keep;
	return result;
}

/* A sink; `context` is a struct model_out. Returns 1 with errno if it cannot be written. */
static int write_portion(void *context, const void *data, size_t size)
{
	const struct model_out *out = context;
	meter_add(out->meter, size);
	model_check_add(out->check, data, size);
	return outfile_write(out->to, data, size) < 0;
}

int model_copy_part(const struct model_out *out, size_t index, uint64_t offset, uint64_t size)
{
	struct model_out to = *out;
	int result = model_stream(out->paged, index, offset, size, write_portion, &to), keep = errno;
	if (!result)
		return EXIT_SUCCESS;
	meter_hide(out->meter);
	errno = keep;
	return result < 0 ? report_bundle(out->file, result) : report_errno(out->to->path);
}

int model_copied(const struct model_out *out, size_t index)
{
	struct pb_model model;
	if (model_check_end(out->check))
		return EXIT_SUCCESS;
	meter_hide(out->meter);
	pb_model_at(out->paged, index, &model);
	report("%s: model '%s': %s", printable(out->file), printable_name(model.name, model.name_len),
		pb_strerror(PB_ERR_DAMAGED));
	return EXIT_FAILURE;
}

int model_copy(const struct model_out *out, size_t index)
{
	struct pb_model model;
	int err = pb_model_at(out->paged, index, &model);
	if (err)
		return report_bundle(out->file, err);
	if (!model_check_start(out->check, out->paged, index))
		return report_no_memory();
	int status = model_copy_part(out, index, 0, model.size);
	if (!status)
		return model_copied(out, index);
	model_check_end(out->check);
	return status;
}
