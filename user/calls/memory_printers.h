/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The printers of memory that arguments point to. print_NAME is in memory_lists.c (arrays and numbers),
 * memory_structs.c, _signals.c, _sockets.c, _sockopt.c, _system.c or _times.c; the table in memory_kinds.c says which
 * prints what.
 */
#ifndef USER_CALLS_MEMORY_PRINTERS_H
#define USER_CALLS_MEMORY_PRINTERS_H

#include "arg.h"
#include "user/base/text.h"
#include "user/event/event.h"

#define PRINTERS(X)                                                                                          \
	X(address)                                                                                           \
	X(cachestat)                                                                                         \
	X(cachestat_range)                                                                                   \
	X(ids)                                                                                               \
	X(io_uring_params)                                                                                   \
	X(mq_attr)                                                                                           \
	X(nodes)                                                                                             \
	X(page_nodes)                                                                                        \
	X(page_status)                                                                                       \
	X(queued_siginfo)                                                                                    \
	X(residency)                                                                                         \
	X(sembufs)                                                                                           \
	X(sigevent)                                                                                          \
	X(time)                                                                                              \
	X(timex)                                                                                             \
	X(size)                                                                                              \
	X(sysinfo)                                                                                           \
	X(timeval)                                                                                           \
	X(timezone)                                                                                          \
	X(tms)                                                                                               \
	X(utimbuf)                                                                                           \
	X(clone_args)                                                                                        \
	X(cpuset)                                                                                            \
	X(dirents)                                                                                           \
	X(epoll_event)                                                                                       \
	X(epoll_events)                                                                                      \
	X(far_iovecs)                                                                                        \
	X(fcntl_arg)                                                                                         \
	X(mount_attr)                                                                                        \
	X(sched_attr)                                                                                        \
	X(ruleset)                                                                                           \
	X(futexes)                                                                                           \
	X(sized_sigset)                                                                                      \
	X(iocb)                                                                                              \
	X(iocbs)                                                                                             \
	X(io_events)                                                                                         \
	X(uring_workers)                                                                                     \
	X(uring_rings)                                                                                       \
	X(fiemap)                                                                                            \
	X(ifreq)                                                                                             \
	X(asked_segment)                                                                                     \
	X(capability_header)                                                                                 \
	X(capability_sets)                                                                                   \
	X(kernel_segments)                                                                                   \
	X(segment)                                                                                           \
	X(termio)                                                                                            \
	X(termios)                                                                                           \
	X(mask)                                                                                              \
	X(uffd)                                                                                              \
	X(int)                                                                                               \
	X(length)                                                                                            \
	X(iovecs)                                                                                            \
	X(itimerspec)                                                                                        \
	X(itimerval)                                                                                         \
	X(moved_offset)                                                                                      \
	X(msghdr)                                                                                            \
	X(old_offset)                                                                                        \
	X(open_how)                                                                                          \
	X(pair)                                                                                              \
	X(pollfds)                                                                                           \
	X(rlimit)                                                                                            \
	X(rusage)                                                                                            \
	X(sigaction)                                                                                         \
	X(siginfo)                                                                                           \
	X(sigset)                                                                                            \
	X(sigstack)                                                                                          \
	X(sockaddr)                                                                                          \
	X(sockopt)                                                                                           \
	X(stat)                                                                                              \
	X(statfs)                                                                                            \
	X(statx)                                                                                             \
	X(select_timeval)                                                                                    \
	X(timespec)                                                                                          \
	X(timespecs)                                                                                         \
	X(timevals)                                                                                          \
	X(utsname)                                                                                           \
	X(wait_status)

/* Appends the memory of one argument. arg->memory[0] is present and at least one unit long; the elements after
 * it may be missing. Not every printer needs the call. */
#define PRINTER(name)                                                                                        \
	void print_##name(struct text *out, const struct arg *arg,                                           \
		const struct call_event *call __attribute__((unused)))
#define DECLARE(name) PRINTER(name);
PRINTERS(DECLARE)
#undef DECLARE
#undef PRINTERS

#endif
