/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals that a program reads in its main loop instead of handling them at any time: what they make it
 * print is then printed in one place. A failed write returns EPIPE instead of a signal.
 */
#ifndef USER_BASE_SIGNALS_H
#define USER_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

/*
 * Blocks SIGINT, SIGTERM, SIGHUP and SIGQUIT, and `more` (0: no other), and ignores SIGPIPE. Returns a
 * descriptor that becomes readable with each of them, or -errno. *before becomes the mask to restore in a
 * child; it may be NULL.
 */
int signals_open(int more, sigset_t *before);

/* Takes the next signal that has come; false: there is none. */
bool signals_take(int fd, struct signalfd_siginfo *info);

#endif
