/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that export makes. EXIT_SUCCESS, or EXIT_FAILURE and reported. */
#ifndef USER_BUNDLECTL_EXPORT_H
#define USER_BUNDLECTL_EXPORT_H

#include <stdbool.h>

#include "bundle/pagedbundle.h"

struct export
{
	struct pb_paged *paged;
	const char *file, *out;
};

/* Whether the bundle was imported from a file of this format. */
bool export_is_from(const struct export *e, const char *format);

/* That file once more. */
int export_again(const struct export *e);

/* Any bundle as a safetensors file, its models as tensors of bytes. */
int export_bytes(const struct export *e);

#endif
