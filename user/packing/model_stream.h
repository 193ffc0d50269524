/* SPDX-License-Identifier: BSD-2-Clause */
/* A model's bytes in portions, so that a model may be larger than memory. */
#ifndef USER_PACKING_MODEL_STREAM_H
#define USER_PACKING_MODEL_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"
#include "meter.h"
#include "model_check.h"
#include "outfile.h"

enum { STREAM_PORTION = 1 << 20 };

/* Consumes one portion; the data is valid during the call. Returns 0, or a positive number to stop. */
typedef int (*model_sink)(void *context, const void *data, size_t size);

/* Passes `size` bytes of model `index`, from `offset` on, to the sink. Returns 0, a (negative) error of the library, or
 * what the sink returned. Keeps the sink's errno. */
int model_stream(
	struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, model_sink sink, void *context);

/* Where models are copied to. */
struct model_out {
	struct pb_paged *paged;
	const char *file; /* the bundle, for messages */
	const struct outfile *to;
	struct meter *meter;
	struct model_check *check; /* of the model that is being copied */
};

/* Copies a part of a model to the output, and adds it to the check. Returns EXIT_SUCCESS, or EXIT_FAILURE and reports. */
int model_copy_part(const struct model_out *out, size_t index, uint64_t offset, uint64_t size);

/* Copies a whole model, and compares it with its checksum: damage is a failure, but the bytes are written by then. */
int model_copy(const struct model_out *out, size_t index);

/* Ends the check of a model, all of which was copied. Returns EXIT_SUCCESS, or EXIT_FAILURE and reports the damage. */
int model_copied(const struct model_out *out, size_t index);

#endif
