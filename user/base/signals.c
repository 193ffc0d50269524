/* SPDX-License-Identifier: BSD-2-Clause */
#include "signals.h"

#include <errno.h>
#include <unistd.h>

int signals_open(int more, sigset_t *before)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t mask;
	sigemptyset(&mask);
	for (unsigned i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaddset(&mask, ending[i]);
	if (more)
		sigaddset(&mask, more);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, before))
		return -errno;
	int fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

bool signals_take(int fd, struct signalfd_siginfo *info)
{
	return read(fd, info, sizeof(*info)) == sizeof(*info);
}
