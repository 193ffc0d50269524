/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int model_stream(
	struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, model_sink sink, void *context)
{
	char *portion = malloc(STREAM_PORTION);
	int result = portion ? 0 : PB_ERR_MEMORY;
	while (result == 0 && size > 0) {
		size_t n = size < STREAM_PORTION ? (size_t)size : STREAM_PORTION;
		result = pb_fetch_at(paged, index, offset, n, portion);
		if (result == 0)
			result = sink(context, portion, n);
		offset += n;
		size -= n;
	}
	int keep = errno;
	free(portion);
	errno = keep;
	return result;
}

int model_write(void *context, const void *data, size_t size)
{
	const struct model_out *out = context;
	meter_add(out->meter, size);
	for (const char *at = data; size > 0;) {
		ssize_t n = write(out->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return 1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}
