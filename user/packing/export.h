/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that export writes. Return EXIT_SUCCESS, or EXIT_FAILURE and report. */
#ifndef USER_PACKING_EXPORT_H
#define USER_PACKING_EXPORT_H

#include <stdbool.h>

#include "bundle/pagedbundle.h"

struct export
{
	struct pb_paged *paged;
	const char *file; /* the bundle */
	const char *out;
};

/* Whether the bundle was imported from a file of this format. */
bool export_is_from(const struct export *e, const char *format);

/* Reassembles that file. */
int export_original(const struct export *e);

/* Writes any bundle as a safetensors file with a tensor of bytes (U8) per model. */
int export_bytes(const struct export *e);

#endif
