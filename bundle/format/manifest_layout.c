/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifest_layout.h"

uint64_t manifest_aligned(const struct manifest *m, const struct model *model, uint64_t offset)
{
	uint64_t below = (UINT64_C(1) << model->alignment_log2) - 1;
	if (model->size == 0 || offset > INT64_MAX - m->data_offset)
		return offset;
	return ((m->data_offset + offset + below) & ~below) - m->data_offset;
}

uint64_t manifest_file_offset(const struct manifest *m, const struct model *model)
{
	return model->offset > UINT64_MAX - m->data_offset ? UINT64_MAX : m->data_offset + model->offset;
}

uint64_t manifest_pages(const struct manifest *m, const struct model *model)
{
	uint64_t bytes = m->extension.page_bytes;
	return bytes ? model->size / bytes + (model->size % bytes != 0) : 0;
}
