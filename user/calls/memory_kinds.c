/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory_kinds.h"

#include <fcntl.h>
#include <linux/futex.h>

#include "memory_commands.h"
#include "memory_printers.h"
#include "result.h"

#define LIST_MAX   32 /* elements, as many as strace shows */
#define STRING_MAX (PATH_BYTES - 1)
#define GROWN_MAX  128 /* bytes of a struct that is larger than known */

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

/* The same for a struct whose members always print, and for values: [1, 2]. */
#define IN_STRUCT(type, size, name) [ARG_IN_##type] = { .copies = { ONE(size) }, .fields = name##_fields }
#define OUT_STRUCT(type, size, name)                                                                         \
	[ARG_OUT_##type] = { .copies = { { .limit = 1, .unit = (size), .flags = COPY_IF_DONE } },            \
		.fields = name##_fields }
#define IN_VALUES(name, bytes, count, how, symbols)                                                          \
	[ARG_IN_##name] = { .copies = { { .limit = (count), .unit = (bytes) } },                             \
		.unit = { .size = (bytes), .form = FIELD_##how, .type = ARG_##symbols } }
#define OUT_VALUES(name, bytes, how, symbols)                                                                \
	[ARG_OUT_##name] = { .copies = { { .limit = 1, .unit = (bytes), .flags = COPY_IF_DONE } },           \
		.unit = { .size = (bytes), .form = FIELD_##how, .type = ARG_##symbols } }
#define STRING(type, size)                                                                                   \
	[ARG_##type] = { .copies = { { .limit = (size), .unit = 1, .flags = COPY_STRING } } }

/* A struct that grew with the kernel: the argument after it has its size. */
#define GROWING(type, size, name)                                                                            \
	[ARG_##type] = { .copies = { { .limit = GROWN_MAX, .unit = 1, .count = COUNT_ARG } },                \
		.least = (size),                                                                             \
		.counter = 1,                                                                                \
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

/* A set of as many bytes as the caller has room for. */
#define PENDING                                                                                              \
	{                                                                                                    \
		.copies = { { .limit = 8, .unit = 1, .count = COUNT_ARG, .flags = COPY_IF_DONE } },          \
		.counter = 1, .print = print_sigset                                                          \
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
	IN(RLIMIT, 16, rlimit),
	IN(SIGACTION, 32, sigaction),
	IN(SIGSET, 8, sigset),
	IN(SIGSTACK, 24, sigstack),
	IN(TIMESPEC, 16, timespec),
	IN(TIMESPECS, 32, timespecs),
	IN(TIMEVALS, 32, timevals),
	IN(SIGINFO, 128, queued_siginfo),
	IN(INT, 4, int),
	[ARG_IN_SIGEVENT] = { .copies = { { .limit = 2, .unit = 32 } }, .least = 32, .print = print_sigevent },
	IN(TIMEVAL, 16, timeval),
	IN(TIMEZONE, 8, timezone),
	IN(UTIMBUF, 16, utimbuf),
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
	[ARG_STRING] = { .copies = { { .limit = STRING_MAX, .unit = 1, .flags = COPY_STRING } } },
	[ARG_OUT_EPOLL_EVENTS] = { .copies = { LIST(12, .count = COUNT_RESULT, .flags = COPY_IF_DONE) },
		.print = print_epoll_events },

	[ARG_IN_CLONE_ARGS] = { .copies = { { .limit = GROWN_MAX, .unit = 1, .count = COUNT_ARG },
		{ .limit = LIST_MAX, .unit = 4, .flags = COPY_INSIDE, .inside = 64, .count = COUNT_ARG, .counter = 72 } },
		.least = 64, .counter = 1, .print = print_clone_args },
	GROWING(IN_MOUNT_ATTR, 32, mount_attr),
	GROWING(IN_OPEN_HOW, 24, open_how),
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
	[ARG_LEFT_TIMESPEC] = { .copies = { { .limit = 1, .unit = 32, .flags = COPY_TIMEOUT } },
		.print = print_timespec },
	[ARG_LEFT_TIMEVAL] = { .copies = { { .limit = 1, .unit = 32, .flags = COPY_TIMEOUT } },
		.print = print_select_timeval },
	[ARG_REST_TIMESPEC] = { .copies = { { .limit = 1, .unit = 16, .flags = COPY_IF_FAILED } },
		.print = print_timespec },
	[ARG_MOVED_OFFSET] = { .copies = { ONE(8) }, .print = print_moved_offset },
	[ARG_OLD_OFFSET] = { .copies = { ONE(8) }, .print = print_old_offset },
	[ARG_CLONE_PARENT_TID] = { .copies = { { .limit = 1, .unit = 4, .flags = COPY_IF_DONE } },
		.print = print_int },

	[ARG_FCNTL_ARG] = FCNTL_ARG,
	[ARG_FUTEX_TIMEOUT] = { .copies = { { .limit = 1, .unit = 16, .when = BIT(FUTEX_WAIT) | BIT(FUTEX_LOCK_PI) | BIT(FUTEX_WAIT_BITSET) | BIT(FUTEX_WAIT_REQUEUE_PI) | BIT(FUTEX_LOCK_PI2) } }, .whether = -2, .print = print_timespec },

	/* of calls with a command: commands.tbl */
	STRING(IN_COMM, 17),
	[ARG_OUT_COMM] = { .copies = { { .limit = 17, .unit = 1, .flags = COPY_STRING | COPY_IF_DONE } } },
	STRING(IN_TEXT, 258),
	STRING(VMA_NAME, 130),
	STRING(IFNAME, 18),
	STRING(NAME, STRING_MAX),
	IN(IFREQ, 40, ifreq),
	[ARG_OUT_IFREQ] = { .copies = { ONE(40) }, .print = print_ifreq },
	IN_STRUCT(MSQID, 120, msqid_set),
	IN_STRUCT(SEMID, 104, semid_set),
	IN_STRUCT(SHMID, 112, shmid_set),
	OUT_STRUCT(MSQID, 120, msqid),
	OUT_STRUCT(SEMID, 104, semid),
	OUT_STRUCT(SHMID, 112, shmid),
	OUT_STRUCT(MSGINFO, 32, msginfo),
	OUT_STRUCT(SEMINFO, 40, seminfo),
	OUT_STRUCT(SHMINFO, 72, shminfo),
	OUT_STRUCT(SHM_INFO, 48, shm_info),
	IN_STRUCT(MESSAGE, 8, message),
	OUT_STRUCT(MESSAGE, 8, message),
	IN(TERMIOS, 36, termios),
	IN(TERMIO, 18, termio),
	IN(TERMIOS2, 44, termios),
	OUT(TERMIOS, 36, termios),
	OUT(TERMIO, 18, termio),
	IN(CAPABILITY_HEADER, 8, capability_header),
	[ARG_IN_CAPABILITY_SETS] = { .copies = { { .limit = 2, .unit = 12 } }, .least = 12, .print = print_capability_sets },
	[ARG_OUT_CAPABILITY_SETS] = { .copies = { { .limit = 2, .unit = 12, .flags = COPY_IF_DONE } }, .least = 12, .print = print_capability_sets },
	IN(SEGMENT, 16, segment),
	[ARG_ASKED_SEGMENT] = { .copies = { { .limit = 4, .unit = 4 } }, .least = 4, .print = print_asked_segment },
	[ARG_IN_KERNEL_SEGMENTS] = { .copies = { { .limit = 16, .unit = 32, .count = COUNT_ARG } }, .counter = -1, .print = print_kernel_segments },
	[ARG_OUT_MASK] = { .copies = { { .limit = 1, .unit = 8, .count = COUNT_MASK } }, .print = print_mask },
	STRING(MOUNT_TYPE, 258),
	STRING(MOUNT_DATA, 1026),
	OUT_VALUES(SIGNAL, 4, SYMBOL, SIGNAL),
	OUT_VALUES(TSC, 4, SYMBOL, TSC),
	OUT_VALUES(UNALIGN, 4, SYMBOL, UNALIGN),
	OUT_VALUES(XFEATURES, 8, SYMBOL, XFEATURE_MASK),
	OUT_VALUES(UNSIGNED, 4, UNSIGNED, NONE),
	OUT_VALUES(U16, 2, UNSIGNED, NONE),
	OUT_VALUES(U64, 8, UNSIGNED, NONE),
	OUT_VALUES(OFFSET, 8, SIGNED, NONE),
	OUT_VALUES(FS_FLAGS, 4, SYMBOL, FS_FLAGS),
	OUT_VALUES(MODEM, 4, SYMBOL, MODEM),
	IN_VALUES(UNSIGNED, 4, 1, UNSIGNED, NONE),
	IN_VALUES(BITS, 4, 1, HEX, NONE),
	IN_VALUES(U64, 8, 1, UNSIGNED, NONE),
	IN_VALUES(TWO_U64, 8, 2, UNSIGNED, NONE),
	IN_VALUES(FS_FLAGS, 4, 1, SYMBOL, FS_FLAGS),
	IN_VALUES(LIRC_MODE, 4, 1, SYMBOL, LIRC_MODE),
	IN_VALUES(MODEM, 4, 1, SYMBOL, MODEM),
	IN_VALUES(SECCOMP_ACTION, 4, 1, SYMBOL, SECCOMP_ACTION),
	[ARG_CORE_COOKIE] = { .copies = { { .limit = 1, .unit = 8, .flags = COPY_IF_DONE } },
		.unit = { .size = 8, .form = FIELD_HEX } },
	IN_STRUCT(CLONE_RANGE, 32, clone_range),
	IN_STRUCT(EPOLL_SLOT, 12, epoll_slot),
	IN_STRUCT(FILTER, 16, filter),
	IN_STRUCT(FSXATTR, 28, fsxattr_set),
	IN_STRUCT(TRIM_RANGE, 24, trim_range),
	IN_STRUCT(UFFD_RANGE, 16, uffd_range),
	IN_STRUCT(WINSIZE, 8, winsize),
	OUT_STRUCT(FSXATTR, 28, fsxattr),
	OUT_STRUCT(NOTIF_SIZES, 6, notif_sizes),
	OUT_STRUCT(WINSIZE, 8, winsize),
	IN_STRUCT(ENTROPY, 8, entropy),
	IN_STRUCT(SYSCTL, 48, sysctl),
	IN_STRUCT(PATH_BENEATH, 12, path_beneath),
	IN_STRUCT(NET_PORT, 16, net_port),
	[ARG_IN_RULESET] = { .copies = { { .limit = 8, .unit = 1, .count = COUNT_ARG } },
		.least = 8,
		.counter = 1,
		.print = print_ruleset },
	[ARG_IN_SCHED_ATTR] = { .copies = { { .limit = 56, .unit = 1 } },
		.least = 48,
		.print = print_sched_attr },
	[ARG_OUT_SCHED_ATTR] = { .copies = { { .limit = 56, .unit = 1, .count = COUNT_UINT, .flags = COPY_IF_DONE } }, .least = 48, .counter = 1, .print = print_sched_attr },
	[ARG_IN_NEW_QUEUE] = { .copies = { ONE(64) }, .print = print_mq_attr },
	OUT_VALUES(POLICY, 4, SYMBOL, MEMORY_POLICY),
	[ARG_IN_FUTEXES] = { .copies = { { .limit = LIST_MAX, .unit = 24, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_futexes },
	[ARG_IN_SIZED_SIGSET] = { .copies = { ONE(16), { .limit = 1, .unit = 8, .flags = COPY_INSIDE } },
		.print = print_sized_sigset },

	/* asynchronous I/O */
	[ARG_IN_IOCB] = { .copies = { ONE(64) }, .print = print_iocb },
	[ARG_IN_IOCBS] = { .copies = { { .limit = 16, .unit = 64, .count = COUNT_ARG, .flags = COPY_POINTED } }, .counter = -1, .print = print_iocbs },
	[ARG_OUT_IO_EVENT] = { .copies = { { .limit = 1, .unit = 32, .flags = COPY_IF_DONE } },
		.print = print_io_events },
	[ARG_OUT_IO_EVENTS] = { .copies = { LIST(32, .count = COUNT_RESULT, .flags = COPY_IF_DONE) },
		.print = print_io_events },
	[ARG_IN_INTS] = { .copies = { LIST(4, .count = COUNT_ARG) },
		.counter = 1,
		.unit = { .size = 4, .form = FIELD_SIGNED } },
	[ARG_IN_URING_WORKERS] = { .copies = { { .limit = 2, .unit = 4 } }, .print = print_uring_workers },
	[ARG_IN_URING_CPUS] = { .copies = { { .limit = 128, .unit = 1, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_cpuset },
	[ARG_IN_URING_RINGS] = { .copies = { { .limit = 16, .unit = 16, .count = COUNT_ARG } },
		.counter = 1,
		.print = print_uring_rings },
	IN_STRUCT(URING_UPDATE, 16, uring_update),
	IN_STRUCT(URING_BUFFERS, 40, uring_buffers),
	IN_STRUCT(URING_RESOURCES, 32, uring_resources),
	IN_STRUCT(URING_UPDATE2, 32, uring_update2),
	OUT_STRUCT(URING_PROBE, 16, uring_probe),
	[ARG_FIEMAP] = { .copies = { ONE(32) }, .print = print_fiemap },
	[ARG_UFFD_API] = { .copies = { ONE(24) }, .print = print_uffd },
	[ARG_UFFD_COPY] = { .copies = { ONE(40) }, .print = print_uffd },
	[ARG_UFFD_REGISTER] = { .copies = { ONE(32) }, .print = print_uffd },
	[ARG_UFFD_ZEROPAGE] = { .copies = { ONE(32) }, .print = print_uffd },
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

bool memory_is_string(enum arg_type type)
{
	const struct memory_kind *kind = memory_kind(type);
	return kind && !kind->print && !kind->fields && !kind->unit.size;
}

void memory_text(struct text *out, const struct arg *arg, const struct call_event *call)
{
	const struct memory_kind *kind = memory_kind(arg->type);
	if (kind->print)
		kind->print(out, arg, call);
	else if (kind->fields)
		fields_text(out, arg->memory[0], kind->fields);
	else
		scalars_text(out, &arg->memory[0], arg->value, &kind->unit);
}
