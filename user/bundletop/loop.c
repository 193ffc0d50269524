/* SPDX-License-Identifier: BSD-2-Clause */
#include "loop.h"

#include <errno.h>
#include <poll.h>

#include "user/base/clock.h"

enum { TICK_MS = 50 }; /* the rings are drained at least this often */

int loop_wait(struct watch *watch, int signals, int keys, uint64_t until_ns)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN }, { .fd = keys, .events = POLLIN },
		{ .fd = watch_fd(watch), .events = POLLIN } };
	/* once even if the time is over: a report may take longer than an interval */
	for (bool looked = false;; looked = true) {
		uint64_t now = clock_monotonic_ns();
		if (looked && now >= until_ns)
			return LOOP_TIME;
		uint64_t left_ms = now < until_ns ? (until_ns - now) / 1000000 + 1 : 0;
		int ready = poll(fds, 3, left_ms < TICK_MS ? (int)left_ms : TICK_MS);
		if (ready < 0 && errno != EINTR)
			return -errno;
		int err = watch_poll(watch);
		if (err)
			return err;
		if (ready < 0) /* the terminal was resized: ncurses reports that as a key */
			return keys >= 0 ? LOOP_KEY : LOOP_TIME;
		if (fds[0].revents)
			return LOOP_SIGNAL;
		if (fds[1].revents & (POLLHUP | POLLERR))
			return LOOP_SIGNAL;
		if (fds[1].revents)
			return LOOP_KEY;
		if (watch_over(watch))
			return LOOP_OVER;
	}
}
