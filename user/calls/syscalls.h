/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of x86-64 by number: names, argument types, classes. The table itself is syscalls_table.h,
 * made by scripts/gen-syscalls.sh from syscalls.tbl. Numbers of another machine would be another such table,
 * nothing else.
 */
#ifndef USER_CALLS_SYSCALLS_H
#define USER_CALLS_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/event/event.h"
#include "user/base/text.h"

/* What an argument is, and so how it prints. ARG_NONE ends a list. */
enum arg_type {
	ARG_NONE,
	ARG_SIGNED, /* int */
	ARG_LONG,
	ARG_UNSIGNED, /* unsigned int */
	ARG_ID,       /* uid_t, gid_t: -1 is none */
	ARG_SIZE,     /* size_t, unsigned long */
	ARG_OFFSET,   /* off_t, loff_t */
	ARG_HEX_OFFSET,
	ARG_HEX, /* unsigned long of which little is known */
	ARG_HEX32,
	ARG_OCTAL, /* umode_t, and the permissions of IPC objects */
	ARG_FD,
	ARG_DIRFD, /* with AT_FDCWD */
	ARG_PATH,
	ARG_STRING, /* read as a path is, but names something else */
	ARG_POINTER,
	ARG_BUFFER, /* data that the call reads or fills */
	ARG_ARGV,
	ARG_ENVP,

	ARG_FILE_MODE, /* type and permissions */
	ARG_IGNORED,   /* not looked at on this machine */
	ARG_SOCKET_PROTOCOL,
	ARG_SOCKET_OPTION,

	/* looked at only if the argument before (of clone and prctl: the first; of futex: the second) says so */
	ARG_OPEN_MODE,
	ARG_DEVICE,
	ARG_FCNTL_ARG,
	ARG_MREMAP_ADDRESS,
	ARG_FUTEX_TIMEOUT,
	ARG_FUTEX_ADDRESS,
	ARG_FUTEX_VALUE,
	ARG_PRCTL_ARG,
	ARG_PRCTL_REST,
	ARG_CLONE_PARENT_TID,
	ARG_CLONE_CHILD_TID,
	ARG_CLONE_TLS,

	/* memory that the argument points to (blocks.h): the call reads it (IN) or fills it (OUT) */
	ARG_BLOCKS,
	ARG_IN_CLONE_ARGS = ARG_BLOCKS,
	ARG_IN_CPUSET,
	ARG_IN_EPOLL_EVENT,
	ARG_IN_FAR_IOVECS, /* of another process, or of mappings: their addresses matter */
	ARG_IN_IOVECS,
	ARG_IN_ITIMERSPEC,
	ARG_IN_ITIMERVAL,
	ARG_IN_MSGHDR,
	ARG_IN_OPEN_HOW,
	ARG_IN_POLLFDS,
	ARG_IN_RLIMIT,
	ARG_IN_SIGACTION,
	ARG_IN_SIGSET,
	ARG_IN_SIGSTACK,
	ARG_IN_SOCKADDR,
	ARG_IN_SOCKOPT,
	ARG_IN_TIMESPEC,
	ARG_IN_TIMESPECS, /* two: access and modification */
	ARG_IN_TIMEVALS,
	ARG_IOCTL_ARG,
	ARG_LEFT_TIMESPEC, /* a time limit that the call lowers */
	ARG_MOVED_OFFSET,  /* that the call moves on: [7] => [107] */
	ARG_OLD_OFFSET,    /* the same, as it was before */
	ARG_OUT_CPUSET,
	ARG_OUT_DIRENTS,
	ARG_OUT_EPOLL_EVENTS,
	ARG_OUT_INT,
	ARG_OUT_ITIMERSPEC,
	ARG_OUT_ITIMERVAL,
	ARG_OUT_MSGHDR,
	ARG_OUT_PAIR, /* two new descriptors */
	ARG_OUT_RLIMIT,
	ARG_OUT_RUSAGE,
	ARG_OUT_SIGACTION,
	ARG_OUT_SIGINFO,
	ARG_OUT_SIGSET,
	ARG_OUT_SIGSTACK,
	ARG_OUT_SOCKADDR,
	ARG_OUT_SOCKOPT,
	ARG_OUT_STAT,
	ARG_OUT_STATFS,
	ARG_OUT_STATX,
	ARG_OUT_STRING, /* as long as the result says */
	ARG_OUT_TIMESPEC,
	ARG_OUT_UTSNAME,
	ARG_OUT_WAIT_RUSAGE, /* filled if the result is a process */
	ARG_OUT_WAIT_STATUS,
	ARG_REST_TIMESPEC, /* what was left of an interrupted sleep */

	/* bits or constants with names: flags.h */
	ARG_SYMBOLS,
	ARG_ACCESS_FLAGS = ARG_SYMBOLS,
	ARG_ACCESS_MODE,
	ARG_ARCH_PRCTL_CODE,
	ARG_AT_FLAGS,
	ARG_BPF_COMMAND,
	ARG_CLOCK_ID,
	ARG_CLONE_FLAGS,
	ARG_CLOSE_RANGE_FLAGS,
	ARG_DOMAIN,
	ARG_EPOLL_FLAGS,
	ARG_EPOLL_OPERATION,
	ARG_EVENTFD_FLAGS,
	ARG_FADVISE_ADVICE,
	ARG_FALLOCATE_MODE,
	ARG_FCNTL_COMMAND,
	ARG_FLOCK_OPERATION,
	ARG_FUTEX_OPERATION,
	ARG_ID_TYPE,
	ARG_INOTIFY_FLAGS,
	ARG_INOTIFY_MASK,
	ARG_IO_URING_FLAGS,
	ARG_IOCTL_REQUEST,
	ARG_ITIMER,
	ARG_MADVISE_ADVICE,
	ARG_MAP_FLAGS,
	ARG_MEMBARRIER_COMMAND,
	ARG_MEMFD_FLAGS,
	ARG_MEMORY_POLICY,
	ARG_MESSAGE_FLAGS,
	ARG_MLOCK_FLAGS,
	ARG_MLOCKALL_FLAGS,
	ARG_MOUNT_FLAGS,
	ARG_MREMAP_FLAGS,
	ARG_MSYNC_FLAGS,
	ARG_OPEN_FLAGS,
	ARG_OPEN_TREE_FLAGS,
	ARG_PIDFD_FLAGS,
	ARG_PIPE_FLAGS,
	ARG_PRCTL_OPTION,
	ARG_PRIORITY_WHICH,
	ARG_PROT,
	ARG_PTRACE_REQUEST,
	ARG_RANDOM_FLAGS,
	ARG_RENAME_FLAGS,
	ARG_RLIMIT,
	ARG_RUSAGE_WHO,
	ARG_RWF_FLAGS,
	ARG_SCHEDULER,
	ARG_SECCOMP_OPERATION,
	ARG_SHUTDOWN_HOW,
	ARG_SIGMASK_HOW,
	ARG_SIGNAL,
	ARG_SIGNALFD_FLAGS,
	ARG_SOCKET_FLAGS,
	ARG_SOCKET_LEVEL,
	ARG_SOCKET_TYPE,
	ARG_SPLICE_FLAGS,
	ARG_STATX_FLAGS,
	ARG_STATX_MASK,
	ARG_SYNC_RANGE_FLAGS,
	ARG_TIMER_FLAGS,
	ARG_TIMERFD_FLAGS,
	ARG_UMOUNT_FLAGS,
	ARG_UNLINK_FLAGS,
	ARG_UNSHARE_FLAGS,
	ARG_WAIT_OPTIONS,
	ARG_WHENCE,
	ARG_XATTR_FLAGS,

	/* not in syscalls.tbl: what arguments are for some commands, and words within blocks */
	ARG_CHILD_CODE,
	ARG_CLONE_ARGS_FLAGS,
	ARG_CONTROL_TYPE,
	ARG_DESCRIPTOR_FLAGS,
	ARG_DUMPABLE,
	ARG_EPOLL_EVENTS,
	ARG_FILE_SYSTEM,
	ARG_FUTEX_BITSET,
	ARG_IPV6_OPTION,
	ARG_IP_OPTION,
	ARG_IP_PROTOCOL,
	ARG_LOCK_TYPE,
	ARG_NETLINK_PROTOCOL,
	ARG_POLL_EVENTS,
	ARG_RESOLVE_FLAGS,
	ARG_SEALS,
	ARG_SIGACTION_FLAGS,
	ARG_SIGSTACK_FLAGS,
	ARG_SOL_SOCKET_OPTION,
	ARG_STATFS_FLAGS,
	ARG_STATX_ATTRIBUTES,
	ARG_STAT_MODE,
	ARG_TCP_OPTION,
	ARG_TYPES
};

enum syscall_class {
	CLASS_FILE = 1 << 0, /* takes a path */
	CLASS_DESC = 1 << 1, /* takes or returns a descriptor */
	CLASS_NETWORK = 1 << 2,
	CLASS_PROCESS = 1 << 3,
	CLASS_MEMORY = 1 << 4,
	CLASS_SIGNAL = 1 << 5,
	CLASS_IPC = 1 << 6,
	CLASS_CREDS = 1 << 7,
	CLASS_CLOCK = 1 << 8,
	CLASS_PURE = 1 << 9,    /* no arguments, cannot fail */
	CLASS_BASICS = 1 << 10, /* the short list that `file` without % stands for */
};

enum result_type {
	RESULT_NUMBER,
	RESULT_ADDRESS,
	RESULT_FD,     /* another descriptor of a file that was open */
	RESULT_NEW_FD, /* a descriptor of a newly opened or created file */
	RESULT_CHILD,  /* a process: returns in it too */
	RESULT_OCTAL,
	RESULT_NEVER, /* does not return */
};

struct syscall_info {
	const char *name; /* NULL: no such call */
	uint16_t classes; /* enum syscall_class */
	uint8_t result;   /* enum result_type */
	uint8_t args[6];  /* enum arg_type */
};

/* The entry of a number; never NULL: of an unknown number it has no name and shows six arguments as hex. */
const struct syscall_info *syscall_info(unsigned nr);

/* The name, or NULL if the number is unknown. */
const char *syscall_name(unsigned nr);

/* The number of a name, or -1. */
int syscall_number(const char *name);

/* The name as it prints: `lseek`, or `syscall_600` for an unknown number. */
void syscall_name_text(struct text *out, unsigned nr);

/* What the kernel side must know of a call; without CALL_WANTED, which is the filter's. */
struct call_spec syscall_spec(unsigned nr);

/* The memory behind its arguments that the kernel side hands out, in their order. */
struct call_copies syscall_copies(unsigned nr);

#endif
