/* SPDX-License-Identifier: BSD-2-Clause */
/* A model's bytes in portions, so that a model may be larger than memory. */
#ifndef USER_BUNDLECTL_STREAM_H
#define USER_BUNDLECTL_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"
#include "meter.h"

enum { STREAM_PORTION = 1 << 20 };

/* Whether bytes [begin, end) of a file are zeros: 1 or 0; -1 with errno, which is 0 if the file ends before. */
int stream_zeros(int fd, uint64_t begin, uint64_t end);

/* Takes a portion; more than 0: stop. */
typedef int (*stream_sink)(void *context, const void *data, size_t size);

/* Hands `size` bytes of a model from `offset` on to the sink. 0, an error of the library, or what the sink
 * returned. */
int stream_model(struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, stream_sink sink,
	void *context);

/* A sink: writes to a file, and shows how far it is. Its context is this. 1 with errno if that failed. */
struct stream_out {
	int fd;
	struct meter *meter;
};
int stream_to_fd(void *context, const void *data, size_t size);

#endif
