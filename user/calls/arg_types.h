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
	ARG_DEVICE_NUMBER,
	ARG_IGNORED, /* the kernel ignores it on this machine: not printed */
	ARG_SOCKET_PROTOCOL,
	ARG_SOCKET_OPTION,

	/* used or ignored depending on another argument: the one before it, for clone and prctl the first, for
	 * futex the second (args_depend.c) */
	ARG_OPEN_MODE,
	ARG_IOPRIO,
	ARG_DEVICE,
	ARG_FCNTL_ARG,
	ARG_MREMAP_ADDRESS,
	ARG_FUTEX_TIMEOUT,
	ARG_MEMBARRIER_CPU,
	ARG_FUTEX_ADDRESS,
	ARG_FUTEX_COUNT,
	ARG_FUTEX_VALUE,
	ARG_FUTEX_CHANGE, /* of FUTEX_WAKE_OP */
	ARG_PDEATHSIG,
	ARG_AMBIENT_CAPABILITY,
	ARG_MCE_ARG,
	ARG_SPECULATION_ARG,
	ARG_VMA_ADDRESS,
	ARG_VMA_SIZE,
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
	ARG_IN_SIGINFO,
	ARG_IN_INT,
	ARG_IN_SIGEVENT,
	ARG_IN_TIMEVAL,
	ARG_IN_TIMEZONE,
	ARG_IN_SEMBUFS,
	ARG_IN_UTIMBUF,
	ARG_OUT_PENDING, /* a set of signals of any size */
	ARG_OUT_TIME,
	ARG_OUT_TIMEX,
	ARG_IN_IDS,
	ARG_IN_NODES,
	ARG_IN_OLD_NODES,
	ARG_IN_LAST_NODES,
	ARG_IN_ADDRESSES,
	ARG_IN_PAGE_NODES,
	ARG_IN_CACHESTAT_RANGE,
	ARG_IN_MQ_ATTR,
	ARG_OUT_TIMEVAL,
	ARG_OUT_TIMEZONE,
	ARG_OUT_CONTEXT,
	ARG_OUT_RESIDENCY,
	ARG_OUT_SYSINFO,
	ARG_OUT_TMS,
	ARG_OUT_ADDRESS,
	ARG_OUT_SIZE,
	ARG_OUT_IDS,
	ARG_OUT_NODES,
	ARG_OUT_PAGE_STATUS,
	ARG_OUT_CACHESTAT,
	ARG_OUT_MQ_ATTR,
	ARG_IO_URING_PARAMS,
	ARG_CORE_COOKIE,
	ARG_IN_NEW_QUEUE,
	ARG_IN_FUTEXES,
	ARG_IN_INTS,
	ARG_IN_IOCB,
	ARG_IN_IOCBS,
	ARG_IN_MOUNT_ATTR,
	ARG_IN_NET_PORT,
	ARG_IN_PATH_BENEATH,
	ARG_IN_RULESET,
	ARG_IN_SCHED_ATTR,
	ARG_IN_SIZED_SIGSET,
	ARG_IN_SYSCTL,
	ARG_IN_URING_BUFFERS,
	ARG_IN_URING_CPUS,
	ARG_IN_URING_RESOURCES,
	ARG_IN_URING_RINGS,
	ARG_IN_URING_UPDATE,
	ARG_IN_URING_UPDATE2,
	ARG_OUT_IO_EVENT,
	ARG_OUT_IO_EVENTS,
	ARG_OUT_POLICY,
	ARG_OUT_SCHED_ATTR,
	ARG_OUT_URING_PROBE,
	ARG_IN_URING_WORKERS,
	ARG_FIEMAP,
	ARG_IN_BITS,
	ARG_IN_CLONE_RANGE,
	ARG_IN_COMM,
	ARG_IN_EPOLL_SLOT,
	ARG_IN_ENTROPY,
	ARG_IN_FILTER,
	ARG_IN_LIRC_MODE,
	ARG_MOUNT_DATA,
	ARG_MOUNT_TYPE,
	ARG_IN_FSXATTR,
	ARG_IN_FS_FLAGS,
	ARG_IN_MODEM,
	ARG_IN_SECCOMP_ACTION,
	ARG_IN_TEXT,
	ARG_IN_TRIM_RANGE,
	ARG_IN_TWO_U64,
	ARG_IN_U64,
	ARG_IN_UFFD_RANGE,
	ARG_IN_UNSIGNED,
	ARG_IN_WINSIZE,
	ARG_IN_IFREQ,
	ARG_OUT_IFREQ,
	ARG_IFNAME,
	ARG_NAME, /* a string that is not shown unless it ends */
	ARG_OUT_MASK,
	ARG_IN_MSQID,
	ARG_IN_SEMID,
	ARG_IN_SHMID,
	ARG_OUT_MSQID,
	ARG_OUT_SEMID,
	ARG_OUT_SHMID,
	ARG_OUT_MSGINFO,
	ARG_OUT_SEMINFO,
	ARG_OUT_SHMINFO,
	ARG_OUT_SHM_INFO,
	ARG_IN_MESSAGE,
	ARG_OUT_MESSAGE,
	ARG_IN_TERMIOS,
	ARG_IN_TERMIO,
	ARG_IN_TERMIOS2,
	ARG_OUT_TERMIOS,
	ARG_OUT_TERMIO,
	ARG_IN_CAPABILITY_HEADER,
	ARG_IN_CAPABILITY_SETS,
	ARG_OUT_CAPABILITY_SETS,
	ARG_IN_SEGMENT,
	ARG_ASKED_SEGMENT,
	ARG_IN_KERNEL_SEGMENTS,
	ARG_OUT_COMM,
	ARG_OUT_FSXATTR,
	ARG_OUT_FS_FLAGS,
	ARG_OUT_MODEM,
	ARG_OUT_NOTIF_SIZES,
	ARG_OUT_OFFSET,
	ARG_OUT_SIGNAL,
	ARG_OUT_TSC,
	ARG_OUT_U16,
	ARG_OUT_U64,
	ARG_OUT_UNALIGN,
	ARG_OUT_UNSIGNED,
	ARG_OUT_WINSIZE,
	ARG_OUT_XFEATURES,
	ARG_UFFD_API,
	ARG_UFFD_COPY,
	ARG_UFFD_REGISTER,
	ARG_UFFD_ZEROPAGE,
	ARG_VMA_NAME,
	ARG_IOCTL_ARG,
	ARG_LENGTH, /* of a buffer, then of what the call has for it: [110 => 24] */
	ARG_LEFT_TIMEVAL,
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

	/* flags and constants with names */
	ARG_SYMBOLS,
	ARG_BEFORE_SYMBOLS = ARG_SYMBOLS - 1,
#define SYMBOLS(type, ...)            ARG_##type,
#define FLAGS(type, list, unknown)    ARG_##type,
#define CONSTANT(type, list, unknown) ARG_##type,
#define WIDE_FLAGS                    FLAGS
#define WIDE_CONSTANT                 CONSTANT
#include "symbols.def"
#undef SYMBOLS
#undef FLAGS
#undef CONSTANT
#undef WIDE_FLAGS
#undef WIDE_CONSTANT
	ARG_TYPES
};

#endif
