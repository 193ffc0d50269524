/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The types of system calls' arguments and of struct members. A type decides how a value prints: plain values
 * in args_decode.c, memory behind a pointer in memory_kinds.c, flags and constants in flag_tables.c.
 * syscalls.tbl names them in small letters without the ARG_.
 */
#ifndef USER_CALLS_ARG_TYPES_H
#define USER_CALLS_ARG_TYPES_H

enum arg_type {
	ARG_NONE,   /* ends a list of arguments */
	ARG_SIGNED, /* int */
	ARG_LONG,
	ARG_UNSIGNED, /* unsigned int */
	ARG_ID,       /* uid_t, gid_t: -1 is none */
	ARG_SIZE,     /* size_t, unsigned long */
	ARG_OFFSET,   /* off_t, loff_t */
	ARG_HEX_OFFSET,
	ARG_HEX, /* unsigned long, meaning unknown */
	ARG_HEX32,
	ARG_OCTAL, /* umode_t: 16 bits */
	ARG_FD,
	ARG_DIRFD, /* with AT_FDCWD */
	ARG_PATH,
	ARG_STRING, /* a string that is no path */
	ARG_POINTER,
	ARG_BUFFER, /* data that the call reads or fills */
	ARG_ARGV,
	ARG_ENVP,

	ARG_FILE_MODE, /* type and permissions */
	ARG_IGNORED,   /* the kernel ignores it on this machine: not printed */
	ARG_SOCKET_PROTOCOL,
	ARG_SOCKET_OPTION,

	/* used or ignored depending on another argument: the one before it, for clone and prctl the first, for
	 * futex the second (args_depend.c) */
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

	/* pointers to memory (memory_kinds.c) that the call reads (IN) or fills (OUT) */
	ARG_MEMORY,
	ARG_IN_CLONE_ARGS = ARG_MEMORY,
	ARG_IN_CPUSET,
	ARG_IN_EPOLL_EVENT,
	ARG_IN_FAR_IOVECS, /* of another process or of mappings: printed with addresses */
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
	ARG_LEFT_TIMESPEC, /* a timeout that the call lowers to the time left */
	ARG_MOVED_OFFSET,  /* a file position that the call advances: [7] => [107] */
	ARG_OLD_OFFSET,    /* the same; only its value before the call is printed */
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
	ARG_OUT_STRING, /* its length is the call's result */
	ARG_OUT_TIMESPEC,
	ARG_OUT_UTSNAME,
	ARG_OUT_WAIT_RUSAGE, /* filled only if the result is a pid */
	ARG_OUT_WAIT_STATUS,
	ARG_REST_TIMESPEC, /* the time left of an interrupted sleep */

	/* flags and constants with names: flag_tables.c */
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
	ARG_SETNS_FLAGS,
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

	/* not in syscalls.tbl: what an argument is for one command, and members of structs */
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
	ARG_OPEN_HOW_FLAGS,
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

#endif
