/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_kinds.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <sys/ioctl.h>

#include "memory_printers.h"
#include "result.h"

#define LIST_MAX   32 /* elements, as many as strace shows */
#define STRING_MAX (PATH_BYTES - 1)

#define BIT(n) (1ULL << ((n)&63))
#define ONE(size)                                                                                            \
	{                                                                                                    \
		.limit = 1, .unit = (size)                                                                   \
	}
#define LIST(size, ...)                                                                                      \
	{                                                                                                    \
		.limit = LIST_MAX, .unit = (size), __VA_ARGS__                                               \
	}

/* One struct that the call reads, and one that it fills. */
#define IN(type, size, name) [ARG_IN_##type] = { .copies = { ONE(size) }, .print = print_##name }
#define OUT(type, size, name)                                                                                \
	[ARG_OUT_##type] = { .copies = { { .limit = 1, .unit = (size), .flags = COPY_IF_DONE } },            \
		.print = print_##name }

/* struct msghdr, then what it points to: the name, the vectors, the control data. */
#define MESSAGE                                                                                              \
	{                                                                                                    \
		.copies = { { .limit = 1, .unit = 56, .flags = COPY_LENGTH, .inside = MSGHDR_ROOM },         \
			{ .limit = ADDRESS_MAX,                                                              \
				.unit = 1,                                                                   \
				.flags = COPY_INSIDE,                                                        \
				.inside = 0,                                                                 \
				.count = COUNT_WORD,                                                         \
				.counter = 8 },                                                              \
			{ .limit = LIST_MAX,                                                                 \
				.unit = 16,                                                                  \
				.flags = COPY_INSIDE,                                                        \
				.inside = 16,                                                                \
				.count = COUNT_ARG,                                                          \
				.counter = 24 },                                                             \
			{ .limit = CONTROL_MAX,                                                              \
				.unit = 1,                                                                   \
				.flags = COPY_INSIDE,                                                        \
				.inside = 32,                                                                \
				.count = COUNT_ARG,                                                          \
				.counter = 40 } },                                                           \
		.print = print_msghdr                                                                        \
	}

#define STRING                                                                                               \
	{                                                                                                    \
		.copies = { { .limit = STRING_MAX, .unit = 1, .flags = COPY_STRING } }                       \
	}

/* A set of as many bytes as the caller has room for. */
#define PENDING                                                                                              \
	{                                                                                                    \
		.copies = { { .limit = 8, .unit = 1, .count = COUNT_ARG, .flags = COPY_IF_DONE } },          \
		.counter = 1, .print = print_sigset                                                          \
	}

/* struct clone_args, then the ids that it points to. */
#define CLONE_ARGS                                                                                           \
	{                                                                                                    \
		.copies = { { .limit = 128, .unit = 1, .count = COUNT_ARG }, { .limit = LIST_MAX,            \
										     .unit = 4,              \
										     .flags = COPY_INSIDE,   \
										     .inside = 64,           \
										     .count = COUNT_ARG,     \
										     .counter = 72 } },      \
		.counter = 1, .print = print_clone_args                                                      \
	}

/* A struct flock, or a struct f_owner_ex, by the command. */
#define LOCKS                                                                                                \
	(BIT(F_GETLK) | BIT(F_SETLK) | BIT(F_SETLKW) | BIT(F_OFD_GETLK) | BIT(F_OFD_SETLK) |                 \
		BIT(F_OFD_SETLKW))
#define FCNTL_ARG                                                                                            \
	{                                                                                                    \
		.copies = { { .limit = 1, .unit = 32, .when = LOCKS },                                       \
			{ .limit = 1, .unit = 8, .when = BIT(F_GETOWN_EX) | BIT(F_SETOWN_EX) } },            \
		.whether = -1, .print = print_fcntl_arg                                                      \
	}

/* clang-format off */
static const struct memory_kind kinds[ARG_SYMBOLS] = {
	IN(EPOLL_EVENT, 12, epoll_event),
	IN(ITIMERSPEC, 32, itimerspec),
	IN(ITIMERVAL, 32, itimerval),
	IN(OPEN_HOW, 24, open_how),
	IN(RLIMIT, 16, rlimit),
	IN(SIGACTION, 32, sigaction),
	IN(SIGSET, 8, sigset),
	IN(SIGSTACK, 24, sigstack),
	IN(TIMESPEC, 16, timespec),
	IN(TIMESPECS, 32, timespecs),
	IN(TIMEVALS, 32, timevals),
	IN(SIGINFO, 48, queued_siginfo),
	IN(INT, 4, int),
	IN(SIGEVENT, 64, sigevent),
	IN(TIMEVAL, 16, timeval),
	IN(TIMEZONE, 8, timezone),
	IN(UTIMBUF, 16, utimbuf),
	IN(MQ_CREATE, 64, mq_attr),
	IN(SYSCTL, 80, sysctl),
	OUT(TIME, 8, time),
	OUT(TIMEX, 208, timex),
	IN(CACHESTAT_RANGE, 16, cachestat_range),
	IN(MQ_ATTR, 64, mq_attr),
	OUT(TIMEVAL, 16, timeval),
	OUT(TIMEZONE, 8, timezone),
	OUT(CONTEXT, 8, address),
	OUT(ADDRESS, 8, address),
	OUT(SIZE, 8, size),
	OUT(SYSINFO, 112, sysinfo),
	OUT(TMS, 32, tms),
	OUT(CACHESTAT, 40, cachestat),
	OUT(MQ_ATTR, 64, mq_attr),
	[ARG_IO_URING_PARAMS] = { .copies = { ONE(120) }, .print = print_io_uring_params },
	[ARG_IN_SEMBUFS] = { .copies = { LIST(6, .count = COUNT_ARG) },
		.counter = 1,
		.print = print_sembufs },
	[ARG_IN_IDS] = { .copies = { LIST(4, .count = COUNT_ARG) }, .counter = -1, .print = print_ids },
	[ARG_OUT_IDS] = { .copies = { LIST(4, .count = COUNT_RESULT, .flags = COPY_IF_DONE) },
		.print = print_ids },
	[ARG_OUT_RESIDENCY] = { .copies = { LIST(1, .count = COUNT_PAGES, .flags = COPY_IF_DONE) },
		.counter = -1,
		.print = print_residency },
	[ARG_IN_NODES] = { .copies = { LIST(8, .count = COUNT_BITS) }, .counter = 1, .print = print_nodes },
	[ARG_OUT_NODES] = { .copies = { LIST(8, .count = COUNT_BITS, .flags = COPY_IF_DONE) },
		.counter = 1,
		.print = print_nodes },
	[ARG_IN_OLD_NODES] = { .copies = { LIST(8, .count = COUNT_BITS) },
		.counter = -1,
		.print = print_nodes },
	[ARG_IN_LAST_NODES] = { .copies = { LIST(8, .count = COUNT_BITS) },
		.counter = -2,
		.print = print_nodes },
	[ARG_IN_ADDRESSES] = { .copies = { LIST(8, .count = COUNT_ARG) },
		.counter = -1,
		.print = print_address },
	[ARG_IN_PAGE_NODES] = { .copies = { LIST(4, .count = COUNT_ARG) },
		.counter = -2,
		.print = print_page_nodes },
	[ARG_OUT_PAGE_STATUS] = { .copies = { LIST(4, .count = COUNT_ARG, .flags = COPY_IF_DONE) },
		.counter = -3,
		.print = print_page_status },
	OUT(INT, 4, int),
	OUT(ITIMERSPEC, 32, itimerspec),
	OUT(ITIMERVAL, 32, itimerval),
	OUT(PAIR, 8, pair),
	OUT(RLIMIT, 16, rlimit),
	OUT(RUSAGE, 32, rusage),
	OUT(SIGACTION, 32, sigaction),
	OUT(SIGINFO, 48, siginfo),
	OUT(SIGSET, 8, sigset),
	OUT(SIGSTACK, 24, sigstack),
	OUT(STATFS, 88, statfs),
	OUT(STATX, 48, statx),
	OUT(TIMESPEC, 16, timespec),
	OUT(UTSNAME, 130, utsname),
	OUT(WAIT_RUSAGE, 32, rusage),
	OUT(WAIT_STATUS, 4, wait_status),
	[ARG_OUT_PENDING] = PENDING,

	/* from st_mode to st_size */
	[ARG_OUT_STAT] = { .copies = { { .limit = 1, .unit = 32, .skip = 24, .flags = COPY_IF_DONE } },
		.print = print_stat },
	[ARG_OUT_DIRENTS] = { .copies = { { .limit = 1, .unit = 4, .flags = COPY_IF_DONE | COPY_RECORDS } },
		.print = print_dirents },
	[ARG_OUT_STRING] = { .copies = { { .limit = STRING_MAX,
				     .unit = 1,
				     .count = COUNT_RESULT,
				     .flags = COPY_IF_DONE } } },
	[ARG_STRING] = STRING,
	[ARG_OUT_EPOLL_EVENTS] = { .copies = { LIST(12, .count = COUNT_RESULT, .flags = COPY_IF_DONE) },
		.print = print_epoll_events },

	[ARG_IN_CLONE_ARGS] = CLONE_ARGS,
	[ARG_IN_CPUSET] = { .copies = { { .limit = 128, .unit = 1, .count = COUNT_ARG } },
		.counter = -1,
		.print = print_cpuset },
	[ARG_OUT_CPUSET] = { .copies = { { .limit = 128,
				     .unit = 1,
				     .count = COUNT_RESULT,
				     .flags = COPY_IF_DONE } },
		.print = print_cpuset },
	[ARG_IN_IOVECS] = { .copies = { LIST(16, .count = COUNT_ARG) }, .counter = 1, .print = print_iovecs },
	[ARG_IN_FAR_IOVECS] = { .copies = { LIST(16, .count = COUNT_ARG) },
		.counter = 1,
		.print = print_far_iovecs },
	/* many more than are shown, since one beyond may be the ready one */
	[ARG_IN_POLLFDS] = { .copies = { { .limit = 500, .unit = 8, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_pollfds },
	[ARG_IN_SOCKADDR] = { .copies = { { .limit = ADDRESS_MAX, .unit = 1, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_sockaddr },
	[ARG_OUT_SOCKADDR] = { .copies = { { .limit = ADDRESS_MAX,
				       .unit = 1,
				       .count = COUNT_WORD,
				       .flags = COPY_IF_DONE } },
		.counter = 1,
		.print = print_sockaddr },
	[ARG_IN_SOCKOPT] = { .copies = { { .limit = 136, .unit = 1, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_sockopt },
	[ARG_OUT_SOCKOPT] = { .copies = { { .limit = 32,
				      .unit = 1,
				      .count = COUNT_WORD,
				      .flags = COPY_IF_DONE } },
		.counter = 1,
		.print = print_sockopt },
	[ARG_IN_MSGHDR] = MESSAGE,
	[ARG_OUT_MSGHDR] = MESSAGE,

	[ARG_LENGTH] = { .copies = { { .limit = 1, .unit = 4, .flags = COPY_LENGTH, .inside = 4 } },
		.print = print_length },
	[ARG_LEFT_TIMESPEC] = { .copies = { { .limit = 1, .unit = 16, .flags = COPY_IF_DONE } } },
	[ARG_REST_TIMESPEC] = { .copies = { { .limit = 1, .unit = 16, .flags = COPY_IF_FAILED } },
		.print = print_timespec },
	[ARG_MOVED_OFFSET] = { .copies = { ONE(8) }, .print = print_moved_offset },
	[ARG_OLD_OFFSET] = { .copies = { ONE(8) }, .print = print_old_offset },
	[ARG_CLONE_PARENT_TID] = { .copies = { { .limit = 1, .unit = 4, .flags = COPY_IF_DONE } },
		.print = print_int },

	[ARG_FCNTL_ARG] = FCNTL_ARG,
	[ARG_FUTEX_TIMEOUT] = { .copies = { { .limit = 1, .unit = 16, .when = BIT(FUTEX_WAIT) | BIT(FUTEX_LOCK_PI) | BIT(FUTEX_WAIT_BITSET) | BIT(FUTEX_WAIT_REQUEUE_PI) | BIT(FUTEX_LOCK_PI2) } }, .whether = -2, .print = print_timespec },
	/* an int or a struct winsize: the second unit may be missing where readable memory ends */
	[ARG_IOCTL_ARG] = { .copies = { { .limit = 2, .unit = 4, .when = BIT(FIONREAD) | BIT(FIONBIO) | BIT(FIOASYNC) | BIT(TIOCGWINSZ) | BIT(TIOCSWINSZ) | BIT(TIOCGPGRP) | BIT(TIOCSPGRP) | BIT(TIOCGSID) | BIT(TIOCOUTQ) | BIT(TIOCGPTN) | BIT(TIOCSPTLCK) } }, .whether = -1, .print = print_ioctl_arg },
	[ARG_PRCTL_ARG] = { .copies = { { .limit = 16,
				    .unit = 1,
				    .flags = COPY_STRING,
				    .when = BIT(PR_SET_NAME) | BIT(PR_GET_NAME) } },
		.whether = -1 },
	/* the name of anonymous memory */
	[ARG_PRCTL_LAST] = { .copies = { { .limit = 128, .unit = 1, .flags = COPY_STRING, .when = BIT(PR_SET_VMA) } }, .whether = -4 },
};
/* clang-format on */

const struct memory_kind *memory_kind(enum arg_type type)
{
	return type < ARG_SYMBOLS && kinds[type].copies[0].limit ? &kinds[type] : NULL;
}

unsigned memory_copy_count(const struct memory_kind *kind)
{
	unsigned count = 0;
	while (kind && count < CALL_BLOCKS && kind->copies[count].limit)
		count++;
	return count;
}

bool memory_is_filled(const struct memory_kind *kind, const struct call_event *call)
{
	unsigned flags = kind ? kind->copies[0].flags : 0;
	return result_failed(call) ? flags & COPY_IF_FAILED : flags & COPY_IF_DONE;
}
