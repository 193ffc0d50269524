/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic of where things lie in a bundle's file. */
#ifndef BUNDLE_FORMAT_MANIFEST_LAYOUT_H
#define BUNDLE_FORMAT_MANIFEST_LAYOUT_H

#include "format.h"

/* The first offset, not below `offset`, where the model may begin; both count from the data offset. */
uint64_t manifest_aligned(const struct manifest *m, const struct model *model, uint64_t offset);

/* Where a model begins, from the start of the file; UINT64_MAX if that passes 2^64-1. */
uint64_t manifest_file_offset(const struct manifest *m, const struct model *model);

/* How many compressed pages a model has; 0 if the bundle is not compressed. */
uint64_t manifest_pages(const struct manifest *m, const struct model *model);

#endif
