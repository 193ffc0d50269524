/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that export writes. Return EXIT_SUCCESS, or EXIT_FAILURE and report. Models are compared with their checksums
 * on the way: with a damaged one there is no file. */
#ifndef USER_PACKING_EXPORT_H
#define USER_PACKING_EXPORT_H

#include <stdbool.h>

#include "input.h"

struct export
{
	struct pb_paged *paged;
	const struct input *bundle;
	const char *out; /* "-": stdout */
	bool force;      /* in a folder: replace files that have the names */
};

/* Whether the bundle was imported from a file of this format. */
bool export_is_from(const struct export *e, const char *format);

/* Reassembles that file; or those, if the model was in several, in the folder `out`, which is made if it is missing. */
int export_original(const struct export *e);

/* Writes any bundle as a safetensors file with a tensor of bytes (U8) per model. */
int export_bytes(const struct export *e);

/* The model that has the header of an imported file; false: it has none, or was not imported. */
bool export_header(const struct export *e, size_t *index);

#endif
