/* SPDX-License-Identifier: BSD-2-Clause */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int stream_with(char *portion, int fd, uint64_t offset, uint64_t size, stream_sink sink, void *context)
{
	while (size > 0) {
		ssize_t n = pread(
			fd, portion, size < STREAM_PORTION ? (size_t)size : STREAM_PORTION, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : 1;
		int stop = sink(context, portion, (size_t)n);
		if (stop)
			return stop;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return 0;
}

int stream_range(int fd, uint64_t offset, uint64_t size, stream_sink sink, void *context)
{
	char *portion = malloc(STREAM_PORTION);
	if (!portion)
		return -1;
	int result = stream_with(portion, fd, offset, size, sink, context), keep = errno;
	free(portion);
	errno = keep;
	return result;
}

int stream_to_fd(void *context, const void *data, size_t size)
{
	const char *at = data;
	while (size > 0) {
		ssize_t n = write(*(const int *)context, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}
