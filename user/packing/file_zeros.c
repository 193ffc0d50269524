/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_zeros.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int file_zeros(int fd, uint64_t begin, uint64_t end)
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
