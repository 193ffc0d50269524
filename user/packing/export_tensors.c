/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembles the file that a bundle was imported from: the kept header, then each tensor, copied from its model to the
 * offset that the header gives. The bundle may be hostile: inconsistent sizes and names are refused. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/modelfile/formats.h"
#include "user/base/numbers.h"
#include "user/base/report.h"
#include "export.h"
#include "meter.h"
#include "model_stream.h"
#include "outfile.h"
#include "reports.h"
#include "tensors.h"

struct reassembly {
	const struct export *e;
	bool by_layer;
	uint64_t *used; /* per model: bytes copied so far */
	struct outfile out;
	struct meter meter;
};

static bool says(const struct export *e, const char *key, const char *value)
{
	struct pb_metadata had;
	return pb_metadata_find(e->paged, key, &had) == PB_OK && strcmp(had.value, value) == 0;
}

bool export_is_from(const struct export *e, const char *format)
{
	return says(e, TENSORS_FORMAT_KEY, format);
}

static int unfit(const struct export *e, const char *what)
{
	report("%s: cannot be made again: %s", printable(e->file), what);
	return EXIT_FAILURE;
}

/* Copies a model's next `size` bytes to offset `to` of the output. */
static int copy(struct reassembly *a, size_t model, uint64_t size, uint64_t to)
{
	if (lseek(a->out.fd, (off_t)to, SEEK_SET) < 0)
		return report_errno(a->out.path);
	int result = model_stream(a->e->paged, model, a->used[model], size, model_write,
		&(struct model_out){ a->out.fd, &a->meter });
	a->used[model] += size;
	if (!result)
		return EXIT_SUCCESS;
	int keep = errno;
	meter_clear(&a->meter);
	errno = keep;
	return result < 0 ? report_bundle(a->e->file, result) : report_errno(a->out.path);
}

static int copy_tensor(struct reassembly *a, const struct region_range *r)
{
	size_t len = a->by_layer ? tensors_layer(r->name.data, r->name.len) : r->name.len, model;
	struct pb_model from;
	if (pb_find(a->e->paged, r->name.data, len, &model) != PB_OK ||
		pb_model_at(a->e->paged, model, &from))
		return unfit(a->e, "a tensor of its header has no model");
	if (r->end - r->start > from.size - a->used[model])
		return unfit(a->e, "a tensor of its header is larger than its model");
	return copy(a, model, r->end - r->start, r->start);
}

static int copy_tensors(struct reassembly *a, const struct regions *regions, uint64_t size)
{
	struct region_range r;
	struct pb_model model;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; !status && regions_at(regions, i, &r); i++) {
		if (r.end > size)
			status = unfit(a->e, "a tensor passes the end of the file");
		else if (r.start > 0)
			status = copy_tensor(a, &r);
	}
	for (size_t i = 0; !status && pb_model_at(a->e->paged, i, &model) == PB_OK; i++)
		if (a->used[i] != model.size)
			status = unfit(a->e, "it has models that its header does not tell of");
	return status;
}

/* Writes the header and extends the file to its final size first, so that regions_read() can parse the output itself. */
static int write_file(struct reassembly *a, size_t header, uint64_t header_size, uint64_t size)
{
	meter_start(&a->meter, "export", size);
	int status = copy(a, header, header_size, 0);
	if (!status && ftruncate(a->out.fd, (off_t)size) < 0)
		status = report_errno(a->out.path);
	struct regions *regions = status ? NULL : regions_read(a->out.fd, size);
	if (!status && (!regions || !export_is_from(a->e, regions_format(regions))))
		status = unfit(a->e, "its header is damaged");
	if (!status)
		status = copy_tensors(a, regions, size);
	regions_free(regions);
	meter_clear(&a->meter);
	return status;
}

int export_original(const struct export *e)
{
	struct pb_metadata size;
	struct pb_model header;
	size_t index;
	uint64_t bytes;
	if (pb_metadata_find(e->paged, TENSORS_SIZE_KEY, &size) != PB_OK ||
		pb_find(e->paged, TENSORS_HEADER, strlen(TENSORS_HEADER), &index) != PB_OK ||
		pb_model_at(e->paged, index, &header) != PB_OK)
		return unfit(e, "its header or its size is gone");
	if (!number_whole(size.value, &bytes) || bytes > INT64_MAX || bytes < header.size)
		return unfit(e, "its size is damaged");
	struct reassembly a = { .e = e, .by_layer = says(e, TENSORS_SPLIT_KEY, "layer") };
	a.used = calloc(pb_count(e->paged), sizeof(*a.used));
	if (!a.used)
		return report_no_memory();
	int status = outfile_replace(&a.out, e->out);
	if (!status)
		status = outfile_close(&a.out, write_file(&a, index, header.size, bytes));
	free(a.used);
	return status;
}
