/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int stream_zeros(int fd, uint64_t begin, uint64_t end)
{
	static const char zeros[4096];
	char portion[sizeof(zeros)];
	while (begin < end) {
		size_t want = end - begin < sizeof(portion) ? (size_t)(end - begin) : sizeof(portion);
		errno = 0;
		ssize_t n = pread(fd, portion, want, (off_t)begin);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		if (memcmp(portion, zeros, (size_t)n) != 0)
			return 0;
		begin += (uint64_t)n;
	}
	return 1;
}

int stream_model(
	struct pb_paged *paged, size_t index, uint64_t offset, uint64_t size, stream_sink sink, void *context)
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

int stream_to_fd(void *context, const void *data, size_t size)
{
	const struct stream_out *out = context;
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
