/* SPDX-License-Identifier: BSD-2-Clause */
/* A model's bytes in portions, so that a model may be larger than memory. */
#ifndef BUNDLECTL_STREAM_H
#define BUNDLECTL_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_PORTION = 1 << 20 };

/* Takes a portion; not 0: stop. */
typedef int (*stream_sink)(void *context, const void *data, size_t size);

/* Hands size bytes at offset of fd to the sink. 0; 1 if the file ends too early; -1 with errno if reading
 * failed; or what the sink returned. */
int stream_range(int fd, uint64_t offset, uint64_t size, stream_sink sink, void *context);

/* A sink: writes to the descriptor that context, an int *, points to. -1 with errno if that failed. */
int stream_to_fd(void *context, const void *data, size_t size);

#endif
