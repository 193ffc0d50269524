/* SPDX-License-Identifier: BSD-2-Clause */
/* A model's bytes in portions, so that a model may be larger than memory. */
#ifndef USER_PACKING_MODEL_STREAM_H
#define USER_PACKING_MODEL_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"
#include "meter.h"

enum { STREAM_PORTION = 1 << 20 };

/* Consumes one portion; the data is valid during the call. Returns 0, or a positive number to stop. */
typedef int (*model_sink)(void *context, const void *data, size_t size);

/* Passes `size` bytes of model `index`, from `offset` on, to the sink. Returns 0, a (negative) error of the library, or
 * what the sink returned. Keeps the sink's errno. */
int model_stream(
	struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, model_sink sink, void *context);

/* A sink that writes to a file descriptor and advances a meter; `context` is a struct model_out. Returns 1 with errno
 * if a write failed. */
struct model_out {
	int fd;
	struct meter *meter;
};
int model_write(void *context, const void *data, size_t size);

#endif
