/* SPDX-License-Identifier: BSD-2-Clause */
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

#define ASK_MS 100 /* between two calls of enough() */

void out_init(struct out *out, int fd)
{
	*out = (struct out){ .fd = fd };
}

void out_free(struct out *out)
{
	text_free(&out->text);
	if (out->reopened)
		close(out->own);
	out->reopened = false;
}

/* O_NONBLOCK belongs to the open file, which other processes share: so a pipe or terminal is opened again. */
void out_set_wait(struct out *out, const struct out_wait *wait)
{
	struct stat st;
	char path[32];
	out->wait = *wait;
	if (fstat(out->fd, &st))
		return;
	out->socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode) && !isatty(out->fd))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out->fd);
	out->own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	out->reopened = out->own >= 0;
}

static int written_to(const struct out *out)
{
	return out->reopened ? out->own : out->fd;
}

static ssize_t write_some(const struct out *out, const char *data, size_t len)
{
	if (out->socket)
		return send(out->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return write(written_to(out), data, len);
}

/* Waits until the output can be written, or enough() says to give up. (Without out_set_wait() this happens
 * if another process, such as the traced command, made the shared open file non-blocking.) */
static int await(const struct out *out, uint64_t since_ms)
{
	const struct out_wait *wait = &out->wait;
	struct pollfd ready[] = { { .fd = written_to(out), .events = POLLOUT },
		{ .fd = wait->enough ? wait->wake : -1, .events = POLLIN } };
	poll(ready, 2, wait->enough ? ASK_MS : -1);
	if (ready[0].revents || !wait->enough)
		return 0;
	return wait->enough(wait->ctx, (unsigned)(clock_monotonic_ms() - since_ms)) ? -ECANCELED : 0;
}

static int write_all(const struct out *out, const char *data, size_t len)
{
	uint64_t since_ms = 0; /* 0: not stalled */
	while (len > 0) {
		ssize_t n = write_some(out, data, len);
		if (n >= 0) {
			data += n;
			len -= (size_t)n;
			since_ms = 0;
		} else if (errno == EAGAIN) {
			since_ms = since_ms ? since_ms : clock_monotonic_ms();
			int err = await(out, since_ms);
			if (err)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int out_flush(struct out *out)
{
	if (!out->error)
		out->error = write_all(out, out->text.data, out->text.len);
	if (!out->error && out->text.failed)
		out->error = -ENOMEM;
	text_clear(&out->text);
	return out->error;
}
