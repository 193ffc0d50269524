/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

void out_init(struct out *out, int fd)
{
	*out = (struct out){ .fd = fd };
}

void out_free(struct out *out)
{
	text_free(&out->text);
}

/* The descriptor may be the traced command's too, and that may have made it non-blocking: then wait. */
static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };
			poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int out_flush(struct out *out)
{
	if (!out->error)
		out->error = write_all(out->fd, out->text.data, out->text.len);
	if (!out->error && out->text.failed)
		out->error = -ENOMEM;
	text_clear(&out->text);
	return out->error;
}
