/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Constants of the system's headers by name. A number stands where the oldest supported headers lack the name,
 * or where the C library's value differs from the kernel's.
 */
#include "flag_tables.h"

#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

/* clang-format off */
#define S(name)    { (uint32_t)(name), #name }
#define LIST(name) static const struct symbol name[]
#define END        { 0, NULL }

#include "constants_table.h"

/* --- files --- */

LIST(access_modes) = { S(O_RDONLY), S(O_WRONLY), S(O_RDWR), END };

LIST(open_flags) = {
	S(O_CREAT), S(O_EXCL), S(O_NOCTTY), S(O_TRUNC), S(O_APPEND), S(O_NONBLOCK), S(O_SYNC), S(O_DSYNC), S(O_ASYNC),
	S(O_DIRECT), { 0100000, "O_LARGEFILE" }, S(O_NOFOLLOW), S(O_NOATIME), S(O_CLOEXEC), S(O_PATH), S(O_TMPFILE),
	S(O_DIRECTORY), END
};

/* Flags without an access mode. */
LIST(pipe_flags) = { S(O_NONBLOCK), S(O_DIRECT), S(O_CLOEXEC), { 0x80, "O_NOTIFICATION_PIPE" }, END };

/* Bit 0x200 has a meaning of its own for access. */
LIST(at_flags) = {
	S(AT_SYMLINK_NOFOLLOW), S(AT_REMOVEDIR), S(AT_SYMLINK_FOLLOW), S(AT_NO_AUTOMOUNT), S(AT_EMPTY_PATH),
	{ 0x8000, "AT_RECURSIVE" }, END
};
LIST(access_flags) = {
	S(AT_SYMLINK_NOFOLLOW), S(AT_EACCESS), S(AT_SYMLINK_FOLLOW), S(AT_NO_AUTOMOUNT), S(AT_EMPTY_PATH),
	{ 0x8000, "AT_RECURSIVE" }, END
};
LIST(access_mode) = { { 0, "F_OK" }, S(R_OK), S(W_OK), S(X_OK), END };
LIST(whence) = { S(SEEK_SET), S(SEEK_CUR), S(SEEK_END), S(SEEK_DATA), S(SEEK_HOLE), END };
LIST(delete_flags) = { S(O_NONBLOCK), S(O_TRUNC), END };
LIST(descriptor_flags) = { S(FD_CLOEXEC), END };
LIST(flock_operation) = { S(LOCK_SH), S(LOCK_EX), S(LOCK_NB), S(LOCK_UN), END };
LIST(rename_flags) = { S(RENAME_NOREPLACE), S(RENAME_EXCHANGE), S(RENAME_WHITEOUT), END };
LIST(xattr_flags) = { S(XATTR_CREATE), S(XATTR_REPLACE), END };
LIST(umount_flags) = { S(MNT_FORCE), S(MNT_DETACH), S(MNT_EXPIRE), S(UMOUNT_NOFOLLOW), END };

LIST(stat_types) = {
	S(S_IFSOCK), S(S_IFLNK), S(S_IFREG), S(S_IFBLK), S(S_IFDIR), S(S_IFCHR), S(S_IFIFO), END
};
LIST(stat_flags) = { S(S_ISUID), S(S_ISGID), S(S_ISVTX), END };
LIST(statx_synchronous) = {
	{ 0, "AT_STATX_SYNC_AS_STAT" }, { 0x2000, "AT_STATX_FORCE_SYNC" }, { 0x4000, "AT_STATX_DONT_SYNC" }, END
};
LIST(statx_attributes) = {
	{ 0x4, "STATX_ATTR_COMPRESSED" }, { 0x10, "STATX_ATTR_IMMUTABLE" }, { 0x20, "STATX_ATTR_APPEND" },
	{ 0x40, "STATX_ATTR_NODUMP" }, { 0x800, "STATX_ATTR_ENCRYPTED" }, { 0x1000, "STATX_ATTR_AUTOMOUNT" },
	{ 0x2000, "STATX_ATTR_MOUNT_ROOT" }, { 0x100000, "STATX_ATTR_VERITY" }, { 0x200000, "STATX_ATTR_DAX" }, END
};
LIST(file_system) = {
	{ 0xef53, "EXT2_SUPER_MAGIC" }, { 0x01021994, "TMPFS_MAGIC" }, { 0x9fa0, "PROC_SUPER_MAGIC" },
	{ 0x62656572, "SYSFS_MAGIC" }, { 0x794c7630, "OVERLAYFS_SUPER_MAGIC" }, { 0x58465342, "XFS_SUPER_MAGIC" },
	{ 0x9123683e, "BTRFS_SUPER_MAGIC" }, { 0xf2f52010, "F2FS_SUPER_MAGIC" }, { 0x6969, "NFS_SUPER_MAGIC" },
	{ 0x65735546, "FUSE_SUPER_MAGIC" }, { 0x958458f6, "HUGETLBFS_MAGIC" }, { 0x1cd1, "DEVPTS_SUPER_MAGIC" },
	{ 0x01021997, "V9FS_MAGIC" }, { 0x73717368, "SQUASHFS_MAGIC" }, { 0x2fc12fc1, "ZFS_SUPER_MAGIC" },
	{ 0x27e0eb, "CGROUP_SUPER_MAGIC" }, { 0x63677270, "CGROUP2_SUPER_MAGIC" }, { 0x4d44, "MSDOS_SUPER_MAGIC" },
	{ 0x50495045, "PIPEFS_MAGIC" }, { 0x534f434b, "SOCKFS_MAGIC" }, { 0x64626720, "DEBUGFS_MAGIC" },
	{ 0x74726163, "TRACEFS_MAGIC" }, { 0xcafe4a11, "BPF_FS_MAGIC" }, END
};
LIST(statfs_flags) = {
	{ 0x20, "ST_VALID" }, { 1, "ST_RDONLY" }, { 2, "ST_NOSUID" }, { 4, "ST_NODEV" }, { 8, "ST_NOEXEC" },
	{ 0x10, "ST_SYNCHRONOUS" }, { 0x40, "ST_MANDLOCK" }, { 0x400, "ST_NOATIME" }, { 0x800, "ST_NODIRATIME" },
	{ 0x1000, "ST_RELATIME" }, { 0x2000, "ST_NOSYMFOLLOW" }, END
};
LIST(resolve_flags) = {
	{ 1, "RESOLVE_NO_XDEV" }, { 2, "RESOLVE_NO_MAGICLINKS" }, { 4, "RESOLVE_NO_SYMLINKS" }, { 8, "RESOLVE_BENEATH" },
	{ 16, "RESOLVE_IN_ROOT" }, { 32, "RESOLVE_CACHED" }, END
};
LIST(lock_type) = { S(F_RDLCK), S(F_WRLCK), S(F_UNLCK), END };
LIST(seals) = {
	{ 1, "F_SEAL_SEAL" }, { 2, "F_SEAL_SHRINK" }, { 4, "F_SEAL_GROW" }, { 8, "F_SEAL_WRITE" },
	{ 16, "F_SEAL_FUTURE_WRITE" }, { 32, "F_SEAL_EXEC" }, END
};

LIST(statx_mask) = {
	{ 0xfff, "STATX_ALL" }, S(STATX_BASIC_STATS), S(STATX_TYPE), S(STATX_MODE), S(STATX_NLINK), S(STATX_UID),
	S(STATX_GID), S(STATX_ATIME), S(STATX_MTIME), S(STATX_CTIME), S(STATX_INO), S(STATX_SIZE), S(STATX_BLOCKS),
	S(STATX_BTIME), { 0x1000, "STATX_MNT_ID" }, { 0x2000, "STATX_DIOALIGN" }, { 0x4000, "STATX_MNT_ID_UNIQUE" }, END
};

LIST(fallocate_mode) = {
	S(FALLOC_FL_KEEP_SIZE), S(FALLOC_FL_PUNCH_HOLE), { 4, "FALLOC_FL_NO_HIDE_STALE" }, S(FALLOC_FL_COLLAPSE_RANGE), S(FALLOC_FL_ZERO_RANGE),
	S(FALLOC_FL_INSERT_RANGE), S(FALLOC_FL_UNSHARE_RANGE), END
};

LIST(fadvise_advice) = {
	S(POSIX_FADV_NORMAL), S(POSIX_FADV_RANDOM), S(POSIX_FADV_SEQUENTIAL), S(POSIX_FADV_WILLNEED),
	S(POSIX_FADV_DONTNEED), S(POSIX_FADV_NOREUSE), END
};

LIST(sync_range_flags) = {
	S(SYNC_FILE_RANGE_WAIT_BEFORE), S(SYNC_FILE_RANGE_WRITE), S(SYNC_FILE_RANGE_WAIT_AFTER), END
};

LIST(splice_flags) = { S(SPLICE_F_MOVE), S(SPLICE_F_NONBLOCK), S(SPLICE_F_MORE), S(SPLICE_F_GIFT), END };

LIST(rwf_flags) = {
	S(RWF_HIPRI), S(RWF_DSYNC), S(RWF_SYNC), S(RWF_NOWAIT), S(RWF_APPEND), { 0x20, "RWF_NOAPPEND" },
	{ 0x40, "RWF_ATOMIC" }, { 0x80, "RWF_DONTCACHE" }, END
};

LIST(open_tree_flags) = {
	{ 1, "OPEN_TREE_CLONE" }, { O_CLOEXEC, "OPEN_TREE_CLOEXEC" }, S(AT_SYMLINK_NOFOLLOW), S(AT_NO_AUTOMOUNT),
	S(AT_EMPTY_PATH), { 0x8000, "AT_RECURSIVE" }, END
};

LIST(mount_magic) = { { 0xc0ed0000, "MS_MGC_VAL" }, END };
LIST(mount_flags) = {
	S(MS_RDONLY), S(MS_NOSUID), S(MS_NODEV), S(MS_NOEXEC), S(MS_SYNCHRONOUS), S(MS_REMOUNT), S(MS_MANDLOCK),
	S(MS_DIRSYNC), { 0x100, "MS_NOSYMFOLLOW" }, S(MS_NOATIME), S(MS_NODIRATIME), S(MS_BIND), S(MS_MOVE), S(MS_REC), S(MS_SILENT),
	S(MS_POSIXACL), S(MS_UNBINDABLE), S(MS_PRIVATE), S(MS_SLAVE), S(MS_SHARED), S(MS_RELATIME),
	S(MS_KERNMOUNT), S(MS_I_VERSION), S(MS_STRICTATIME), S(MS_LAZYTIME), { 1u << 26, "MS_SUBMOUNT" }, { 1u << 27, "MS_NOREMOTELOCK" }, { 1u << 28, "MS_NOSEC" },
	{ 1u << 29, "MS_BORN" }, { 1u << 30, "MS_ACTIVE" }, { 1u << 31, "MS_NOUSER" }, END
};

LIST(fcntl_command) = {
	S(F_DUPFD), S(F_GETFD), S(F_SETFD), S(F_GETFL), S(F_SETFL), S(F_GETLK), S(F_SETLK), S(F_SETLKW), S(F_SETOWN),
	S(F_GETOWN), S(F_SETSIG), S(F_GETSIG), S(F_SETOWN_EX), S(F_GETOWN_EX), S(F_OFD_GETLK), S(F_OFD_SETLK),
	S(F_OFD_SETLKW), S(F_SETLEASE), S(F_GETLEASE), S(F_NOTIFY), { 1027, "F_DUPFD_QUERY" }, S(F_DUPFD_CLOEXEC),
	S(F_SETPIPE_SZ), S(F_GETPIPE_SZ), S(F_ADD_SEALS), S(F_GET_SEALS), S(F_GET_RW_HINT), S(F_SET_RW_HINT),
	S(F_GET_FILE_RW_HINT), S(F_SET_FILE_RW_HINT), END
};

LIST(inotify_flags) = { S(IN_NONBLOCK), S(IN_CLOEXEC), END };
LIST(inotify_mask) = {
	S(IN_ALL_EVENTS), S(IN_ACCESS), S(IN_MODIFY), S(IN_ATTRIB), S(IN_CLOSE_WRITE), S(IN_CLOSE_NOWRITE), S(IN_OPEN),
	S(IN_MOVED_FROM), S(IN_MOVED_TO), S(IN_CREATE), S(IN_DELETE), S(IN_DELETE_SELF), S(IN_MOVE_SELF),
	S(IN_ONLYDIR), S(IN_DONT_FOLLOW), S(IN_EXCL_UNLINK), S(IN_MASK_CREATE), S(IN_MASK_ADD), S(IN_ISDIR),
	S(IN_ONESHOT), END
};

/* --- memory --- */

LIST(prot) = {
	{ 0, "PROT_NONE" }, S(PROT_READ), S(PROT_WRITE), S(PROT_EXEC), { 8, "PROT_SEM" }, S(PROT_GROWSDOWN),
	S(PROT_GROWSUP), END
};

LIST(map_types) = { { 0, "MAP_FILE" }, S(MAP_SHARED), S(MAP_PRIVATE), S(MAP_SHARED_VALIDATE), { 8, "MAP_DROPPABLE" }, END };
LIST(map_flags) = {
	S(MAP_FIXED), S(MAP_ANONYMOUS), { 0x40, "MAP_32BIT" }, S(MAP_GROWSDOWN), S(MAP_DENYWRITE), S(MAP_EXECUTABLE),
	S(MAP_LOCKED), S(MAP_NORESERVE), S(MAP_POPULATE), S(MAP_NONBLOCK), S(MAP_STACK), S(MAP_HUGETLB), S(MAP_SYNC),
	S(MAP_FIXED_NOREPLACE), END
};

LIST(mremap_flags) = { S(MREMAP_MAYMOVE), S(MREMAP_FIXED), { 4, "MREMAP_DONTUNMAP" }, END };
LIST(msync_flags) = { S(MS_ASYNC), S(MS_INVALIDATE), S(MS_SYNC), END };
LIST(mlock_flags) = { { 1, "MLOCK_ONFAULT" }, END };
LIST(mlockall_flags) = { S(MCL_CURRENT), S(MCL_FUTURE), S(MCL_ONFAULT), END };
LIST(memfd_flags) = {
	S(MFD_CLOEXEC), S(MFD_ALLOW_SEALING), S(MFD_HUGETLB), { 8, "MFD_NOEXEC_SEAL" }, { 16, "MFD_EXEC" }, END
};

LIST(madvise_advice) = {
	S(MADV_NORMAL), S(MADV_RANDOM), S(MADV_SEQUENTIAL), S(MADV_WILLNEED), S(MADV_DONTNEED), S(MADV_FREE),
	S(MADV_REMOVE), S(MADV_DONTFORK), S(MADV_DOFORK), S(MADV_MERGEABLE), S(MADV_UNMERGEABLE), S(MADV_HUGEPAGE),
	S(MADV_NOHUGEPAGE), S(MADV_DONTDUMP), S(MADV_DODUMP), S(MADV_WIPEONFORK), S(MADV_KEEPONFORK), S(MADV_COLD),
	S(MADV_PAGEOUT), { 22, "MADV_POPULATE_READ" }, { 23, "MADV_POPULATE_WRITE" }, { 24, "MADV_DONTNEED_LOCKED" },
	{ 25, "MADV_COLLAPSE" }, { 100, "MADV_HWPOISON" }, { 101, "MADV_SOFT_OFFLINE" }, { 102, "MADV_GUARD_INSTALL" },
	{ 103, "MADV_GUARD_REMOVE" }, END
};

LIST(memory_policy) = {
	S(MPOL_DEFAULT), S(MPOL_PREFERRED), S(MPOL_BIND), S(MPOL_INTERLEAVE), S(MPOL_LOCAL),
	{ 5, "MPOL_PREFERRED_MANY" }, { 6, "MPOL_WEIGHTED_INTERLEAVE" }, END
};
LIST(memory_policy_flags) = { S(MPOL_F_STATIC_NODES), S(MPOL_F_RELATIVE_NODES), S(MPOL_F_NUMA_BALANCING), END };

/* --- processes, threads, signals --- */

LIST(namespace_flags) = {
	{ 0x80, "CLONE_NEWTIME" }, S(CLONE_NEWNS), S(CLONE_NEWCGROUP), S(CLONE_NEWUTS), S(CLONE_NEWIPC), S(CLONE_NEWUSER),
	S(CLONE_NEWPID), S(CLONE_NEWNET), END
};
LIST(clone_flags) = {
	S(CLONE_VM), S(CLONE_FS), S(CLONE_FILES), S(CLONE_SIGHAND), { 0x1000, "CLONE_PIDFD" }, S(CLONE_PTRACE), S(CLONE_VFORK),
	S(CLONE_PARENT), S(CLONE_THREAD), S(CLONE_NEWNS), S(CLONE_SYSVSEM), S(CLONE_SETTLS), S(CLONE_PARENT_SETTID),
	S(CLONE_CHILD_CLEARTID), S(CLONE_DETACHED), S(CLONE_UNTRACED), S(CLONE_CHILD_SETTID), S(CLONE_NEWCGROUP),
	S(CLONE_NEWUTS), S(CLONE_NEWIPC), S(CLONE_NEWUSER), S(CLONE_NEWPID), S(CLONE_NEWNET), S(CLONE_IO),
	{ 0x80, "CLONE_NEWTIME" /* unshare, setns, clone3: they have no exit signal in these bits */ },
	{ 1ULL << 32, "CLONE_CLEAR_SIGHAND" }, { 1ULL << 33, "CLONE_INTO_CGROUP" }, END
};

#define RT(n) { 32 + (n), "SIGRT_" #n }
LIST(signals) = {
	S(SIGHUP), S(SIGINT), S(SIGQUIT), S(SIGILL), S(SIGTRAP), S(SIGABRT), S(SIGBUS), S(SIGFPE), S(SIGKILL), S(SIGUSR1),
	S(SIGSEGV), S(SIGUSR2), S(SIGPIPE), S(SIGALRM), S(SIGTERM), S(SIGSTKFLT), S(SIGCHLD), S(SIGCONT), S(SIGSTOP),
	S(SIGTSTP), S(SIGTTIN), S(SIGTTOU), S(SIGURG), S(SIGXCPU), S(SIGXFSZ), S(SIGVTALRM), S(SIGPROF), S(SIGWINCH),
	S(SIGIO), S(SIGPWR), S(SIGSYS), { 32, "SIGRTMIN" },
	RT(1), RT(2), RT(3), RT(4), RT(5), RT(6), RT(7), RT(8), RT(9), RT(10), RT(11), RT(12), RT(13), RT(14), RT(15), RT(16),
	RT(17), RT(18), RT(19), RT(20), RT(21), RT(22), RT(23), RT(24), RT(25), RT(26), RT(27), RT(28), RT(29), RT(30),
	RT(31), RT(32), END
};
LIST(sigaction_flags) = {
	{ 0x04000000, "SA_RESTORER" }, S(SA_ONSTACK), S(SA_RESTART), { 0x20000000, "SA_INTERRUPT" }, S(SA_NODEFER),
	S(SA_RESETHAND), S(SA_SIGINFO), S(SA_NOCLDSTOP), S(SA_NOCLDWAIT), END
};
LIST(sigstack_flags) = { S(SS_ONSTACK), S(SS_DISABLE), { 1u << 31, "SS_AUTODISARM" }, END };
LIST(child_code) = {
	S(CLD_EXITED), S(CLD_KILLED), S(CLD_DUMPED), S(CLD_TRAPPED), S(CLD_STOPPED), S(CLD_CONTINUED), END
};
LIST(sigmask_how) = { S(SIG_BLOCK), S(SIG_UNBLOCK), S(SIG_SETMASK), END };

LIST(wait_options) = {
	S(WNOHANG), S(WEXITED), S(WSTOPPED), S(WCONTINUED), S(WNOWAIT), S(__WNOTHREAD), S(__WALL), S(__WCLONE), END
};
LIST(id_type) = { S(P_ALL), S(P_PID), S(P_PGID), { 3, "P_PIDFD" }, END };

LIST(futex_operation) = {
	S(FUTEX_WAIT), S(FUTEX_WAKE), S(FUTEX_FD), S(FUTEX_REQUEUE), S(FUTEX_CMP_REQUEUE), S(FUTEX_WAKE_OP), S(FUTEX_LOCK_PI),
	S(FUTEX_UNLOCK_PI), S(FUTEX_TRYLOCK_PI), S(FUTEX_WAIT_BITSET), S(FUTEX_WAKE_BITSET), S(FUTEX_WAIT_REQUEUE_PI),
	S(FUTEX_CMP_REQUEUE_PI), S(FUTEX_LOCK_PI2), S(FUTEX_WAIT_PRIVATE), S(FUTEX_WAKE_PRIVATE),
	S(FUTEX_REQUEUE_PRIVATE), S(FUTEX_CMP_REQUEUE_PRIVATE), S(FUTEX_WAKE_OP_PRIVATE), S(FUTEX_LOCK_PI_PRIVATE),
	S(FUTEX_UNLOCK_PI_PRIVATE), S(FUTEX_TRYLOCK_PI_PRIVATE), S(FUTEX_WAIT_BITSET_PRIVATE),
	S(FUTEX_WAKE_BITSET_PRIVATE), S(FUTEX_WAIT_REQUEUE_PI_PRIVATE), S(FUTEX_CMP_REQUEUE_PI_PRIVATE),
	S(FUTEX_LOCK_PI2_PRIVATE), END
};
LIST(futex_bitset) = { S(FUTEX_BITSET_MATCH_ANY), END };
LIST(futex_flags) = { S(FUTEX_CLOCK_REALTIME), END };

LIST(rlimit) = {
	S(RLIMIT_CPU), S(RLIMIT_FSIZE), S(RLIMIT_DATA), S(RLIMIT_STACK), S(RLIMIT_CORE), S(RLIMIT_RSS), S(RLIMIT_NPROC),
	S(RLIMIT_NOFILE), S(RLIMIT_MEMLOCK), S(RLIMIT_AS), S(RLIMIT_LOCKS), S(RLIMIT_SIGPENDING), S(RLIMIT_MSGQUEUE),
	S(RLIMIT_NICE), S(RLIMIT_RTPRIO), S(RLIMIT_RTTIME), END
};
LIST(rusage_who) = { S(RUSAGE_SELF), S(RUSAGE_CHILDREN), S(RUSAGE_THREAD), END };
LIST(priority_which) = { S(PRIO_PROCESS), S(PRIO_PGRP), S(PRIO_USER), END };
LIST(scheduler) = {
	S(SCHED_OTHER), S(SCHED_FIFO), S(SCHED_RR), S(SCHED_BATCH), { 5, "SCHED_IDLE" }, { 6, "SCHED_DEADLINE" },
	{ 7, "SCHED_EXT" }, END
};
LIST(scheduler_flags) = { { 0x40000000, "SCHED_RESET_ON_FORK" }, END };

LIST(siginfo_code) = {
	{ 0, "SI_USER" }, { 0x80, "SI_KERNEL" }, { (uint32_t)-1, "SI_QUEUE" }, { (uint32_t)-2, "SI_TIMER" },
	{ (uint32_t)-3, "SI_MESGQ" }, { (uint32_t)-4, "SI_ASYNCIO" }, { (uint32_t)-5, "SI_SIGIO" }, { (uint32_t)-6, "SI_TKILL" },
	{ (uint32_t)-7, "SI_DETHREAD" }, { (uint32_t)-60, "SI_ASYNCNL" }, END
};
LIST(sigevent_notify) = {
	{ 0, "SIGEV_SIGNAL" }, { 1, "SIGEV_NONE" }, { 2, "SIGEV_THREAD" }, { 4, "SIGEV_THREAD_ID" }, END
};
LIST(semop_flags) = { { 0x1000, "SEM_UNDO" }, { 0x800, "IPC_NOWAIT" }, END };
LIST(dumpable) = { { 0, "SUID_DUMP_DISABLE" }, { 1, "SUID_DUMP_USER" }, { 2, "SUID_DUMP_ROOT" }, END };
LIST(arch_prctl_code) = {
	S(ARCH_SET_GS), S(ARCH_SET_FS), S(ARCH_GET_FS), S(ARCH_GET_GS), S(ARCH_GET_CPUID), S(ARCH_SET_CPUID),
	{ 0x1021, "ARCH_GET_XCOMP_SUPP" }, { 0x1022, "ARCH_GET_XCOMP_PERM" }, { 0x1023, "ARCH_REQ_XCOMP_PERM" },
	{ 0x3001, "ARCH_CET_STATUS" }, { 0x5001, "ARCH_SHSTK_ENABLE" }, { 0x5002, "ARCH_SHSTK_DISABLE" },
	{ 0x5003, "ARCH_SHSTK_LOCK" }, { 0x5004, "ARCH_SHSTK_UNLOCK" }, { 0x5005, "ARCH_SHSTK_STATUS" }, END
};
LIST(seccomp_operation) = {
	S(SECCOMP_SET_MODE_STRICT), S(SECCOMP_SET_MODE_FILTER), S(SECCOMP_GET_ACTION_AVAIL), S(SECCOMP_GET_NOTIF_SIZES), END
};
LIST(membarrier_command) = {
	S(MEMBARRIER_CMD_QUERY), S(MEMBARRIER_CMD_GLOBAL), S(MEMBARRIER_CMD_GLOBAL_EXPEDITED),
	S(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED), S(MEMBARRIER_CMD_PRIVATE_EXPEDITED),
	S(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED), S(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE),
	S(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE), S(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ),
	S(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ), END
};

/* --- sockets --- */

LIST(socket_type) = {
	S(SOCK_STREAM), S(SOCK_DGRAM), S(SOCK_RAW), S(SOCK_RDM), S(SOCK_SEQPACKET), S(SOCK_DCCP), S(SOCK_PACKET), END
};
LIST(socket_flags) = { S(SOCK_CLOEXEC), S(SOCK_NONBLOCK), END };
LIST(socket_level) = {
	{ 0, "SOL_IP" }, S(SOL_SOCKET), { 255, "SOL_RAW" }, { 58, "SOL_ICMPV6" }, { 132, "SOL_SCTP" }, { 136, "SOL_UDPLITE" }, { 6, "SOL_TCP" }, { 17, "SOL_UDP" }, { 41, "SOL_IPV6" }, S(SOL_PACKET),
	S(SOL_NETLINK), END
};
LIST(ip_protocol) = {
	S(IPPROTO_IP), S(IPPROTO_ICMP), S(IPPROTO_TCP), S(IPPROTO_UDP), S(IPPROTO_IPV6), S(IPPROTO_GRE), S(IPPROTO_ICMPV6),
	S(IPPROTO_SCTP), S(IPPROTO_UDPLITE), S(IPPROTO_RAW), { 262, "IPPROTO_MPTCP" }, END
};
LIST(netlink_protocol) = {
	{ 0, "NETLINK_ROUTE" }, { 2, "NETLINK_USERSOCK" }, { 4, "NETLINK_SOCK_DIAG" }, { 6, "NETLINK_XFRM" },
	{ 7, "NETLINK_SELINUX" }, { 9, "NETLINK_AUDIT" }, { 11, "NETLINK_CONNECTOR" }, { 12, "NETLINK_NETFILTER" },
	{ 15, "NETLINK_KOBJECT_UEVENT" }, { 16, "NETLINK_GENERIC" }, { 21, "NETLINK_CRYPTO" }, END
};
LIST(get_socket_option) = { { 26, "SO_GET_FILTER" }, END };
LIST(control_type) = {
	S(SCM_RIGHTS), { 2, "SCM_CREDENTIALS" }, { 3, "SCM_SECURITY" }, { 4, "SCM_PIDFD" }, { 29, "SO_TIMESTAMP_OLD" },
	{ 35, "SO_TIMESTAMPNS_OLD" }, { 37, "SO_TIMESTAMPING_OLD" }, { 40, "SO_RXQ_OVFL" }, { 41, "SCM_WIFI_STATUS" },
	{ 54, "SCM_TIMESTAMPING_OPT_STATS" }, { 58, "SCM_TIMESTAMPING_PKTINFO" }, { 61, "SCM_TXTIME" },
	{ 63, "SO_TIMESTAMP_NEW" }, { 64, "SO_TIMESTAMPNS_NEW" }, { 65, "SO_TIMESTAMPING_NEW" }, END
};
LIST(shutdown_how) = { S(SHUT_RD), S(SHUT_WR), S(SHUT_RDWR), END };
LIST(message_flags) = {
	S(MSG_OOB), S(MSG_PEEK), S(MSG_DONTROUTE), S(MSG_CTRUNC), S(MSG_PROXY), S(MSG_TRUNC), S(MSG_DONTWAIT), S(MSG_EOR),
	S(MSG_WAITALL), S(MSG_FIN), S(MSG_SYN), S(MSG_CONFIRM), S(MSG_RST), S(MSG_ERRQUEUE), S(MSG_NOSIGNAL), S(MSG_MORE),
	S(MSG_WAITFORONE), S(MSG_BATCH), S(MSG_ZEROCOPY), S(MSG_FASTOPEN), S(MSG_CMSG_CLOEXEC), END
};

/* --- clocks, events, the rest --- */

LIST(clock_id) = {
	S(CLOCK_REALTIME), S(CLOCK_MONOTONIC), S(CLOCK_PROCESS_CPUTIME_ID), S(CLOCK_THREAD_CPUTIME_ID), S(CLOCK_MONOTONIC_RAW),
	S(CLOCK_REALTIME_COARSE), S(CLOCK_MONOTONIC_COARSE), S(CLOCK_BOOTTIME), S(CLOCK_REALTIME_ALARM),
	S(CLOCK_BOOTTIME_ALARM), S(CLOCK_TAI), END
};
LIST(poll_events) = {
	S(POLLIN), S(POLLPRI), S(POLLOUT), S(POLLERR), S(POLLHUP), S(POLLNVAL), S(POLLRDNORM), S(POLLRDBAND), S(POLLWRNORM),
	S(POLLWRBAND), { 0x400, "POLLMSG" }, { 0x1000, "POLLREMOVE" }, { 0x2000, "POLLRDHUP" }, { 0x8000, "POLL_BUSY_LOOP" },
	END
};
LIST(epoll_events) = {
	S(EPOLLIN), S(EPOLLPRI), S(EPOLLOUT), S(EPOLLERR), S(EPOLLHUP), { 0x20, "EPOLLNVAL" }, S(EPOLLRDNORM), S(EPOLLRDBAND),
	S(EPOLLWRNORM), S(EPOLLWRBAND), S(EPOLLMSG), S(EPOLLRDHUP), S(EPOLLEXCLUSIVE), S(EPOLLWAKEUP), S(EPOLLONESHOT),
	S(EPOLLET), END
};
LIST(timer_flags) = { S(TIMER_ABSTIME), { 2, "TFD_TIMER_CANCEL_ON_SET" }, END };
LIST(itimer) = { S(ITIMER_REAL), S(ITIMER_VIRTUAL), S(ITIMER_PROF), END };
LIST(timerfd_flags) = { S(TFD_CLOEXEC), S(TFD_NONBLOCK), END };
LIST(signalfd_flags) = { S(SFD_CLOEXEC), S(SFD_NONBLOCK), END };
LIST(eventfd_flags) = { S(EFD_SEMAPHORE), S(EFD_NONBLOCK), S(EFD_CLOEXEC), END };
LIST(epoll_flags) = { S(EPOLL_CLOEXEC), END };
LIST(epoll_operation) = { S(EPOLL_CTL_ADD), S(EPOLL_CTL_DEL), S(EPOLL_CTL_MOD), END };
LIST(userfault_open) = { { 1, "UFFD_USER_MODE_ONLY" }, S(O_NONBLOCK), S(O_CLOEXEC), END };
LIST(pidfd_flags) = { { O_NONBLOCK, "PIDFD_NONBLOCK" }, { O_EXCL, "PIDFD_THREAD" }, END };
LIST(close_range_flags) = { { 2, "CLOSE_RANGE_UNSHARE" }, { 4, "CLOSE_RANGE_CLOEXEC" }, END };
LIST(random_flags) = { S(GRND_NONBLOCK), S(GRND_RANDOM), { 4, "GRND_INSECURE" }, END };

#define TABLE(type)    [ARG_##type - ARG_SYMBOLS] =
#define CONSTANT(list, name) { .mask = UINT32_MAX, .values = (list), .unknown = (name) }
#define FLAGS(list, name)    { .flags = (list), .unknown = (name) }

const struct symbols flag_tables[ARG_TYPES - ARG_SYMBOLS] = {
	TABLE(ACCESS_FLAGS) FLAGS(access_flags, "AT_???"),
	TABLE(ACCESS_MODE) FLAGS(access_mode, "?_OK"),
	TABLE(ARCH_PRCTL_CODE) CONSTANT(arch_prctl_code, "ARCH_???"),
	TABLE(AT_FLAGS) FLAGS(at_flags, "AT_???"),
	TABLE(BPF_COMMAND) CONSTANT(bpf_command, "BPF_???"),
	TABLE(CHILD_CODE) CONSTANT(child_code, "CLD_???"),
	TABLE(CLOCK_ID) CONSTANT(clock_id, "CLOCK_???"),
	TABLE(CLONE_ARGS_FLAGS) { .flags = clone_flags, .wide = true, .unknown = "CLONE_???" },
	TABLE(CLONE_FLAGS) { .mask = 0xff, .values = signals, .flags = clone_flags, .wide = true, .value_last = true },
	TABLE(CLOSE_RANGE_FLAGS) FLAGS(close_range_flags, "CLOSE_RANGE_???"),
	TABLE(CONTROL_TYPE) { .mask = UINT32_MAX, .values = control_type, .hex = true, .unknown = "SCM_???" },
	TABLE(DESCRIPTOR_FLAGS) FLAGS(descriptor_flags, NULL),
	TABLE(DOMAIN) CONSTANT(socket_family, "AF_???"),
	TABLE(DUMPABLE) { .mask = UINT64_MAX, .values = dumpable, .wide = true, .unknown = "SUID_DUMP_???" },
	TABLE(EPOLL_EVENTS) FLAGS(epoll_events, "EPOLL???"),
	TABLE(EPOLL_FLAGS) FLAGS(epoll_flags, "EPOLL_???"),
	TABLE(EPOLL_OPERATION) CONSTANT(epoll_operation, "EPOLL_CTL_???"),
	TABLE(EVENTFD_FLAGS) FLAGS(eventfd_flags, "EFD_???"),
	TABLE(FADVISE_ADVICE) CONSTANT(fadvise_advice, "POSIX_FADV_???"),
	TABLE(FALLOCATE_MODE) FLAGS(fallocate_mode, "FALLOC_FL_???"),
	TABLE(FCNTL_COMMAND) CONSTANT(fcntl_command, "F_???"),
	TABLE(FILE_SYSTEM) { .mask = UINT32_MAX, .values = file_system, .hex = true },
	TABLE(FLOCK_OPERATION) FLAGS(flock_operation, "LOCK_???"),
	TABLE(FUTEX_BITSET) { .mask = UINT32_MAX, .values = futex_bitset, .hex = true },
	TABLE(FUTEX_OPERATION) { .mask = UINT32_MAX & ~(uint32_t)FUTEX_CLOCK_REALTIME, .values = futex_operation, .flags = futex_flags, .unknown = "FUTEX_???" },
	TABLE(GET_SOCKET_OPTION) CONSTANT(get_socket_option, "SO_???"),
	TABLE(ID_TYPE) CONSTANT(id_type, "P_???"),
	TABLE(INOTIFY_FLAGS) FLAGS(inotify_flags, "IN_???"),
	TABLE(INOTIFY_MASK) FLAGS(inotify_mask, "IN_???"),
	TABLE(IPV6_OPTION) CONSTANT(ipv6_option, "IPV6_???"),
	TABLE(IP_OPTION) CONSTANT(ip_option, "IP_???"),
	TABLE(IP_PROTOCOL) CONSTANT(ip_protocol, "IPPROTO_???"),
	TABLE(IO_URING_FLAGS) FLAGS(io_uring_enter, "IORING_ENTER_???"),
	TABLE(ITIMER) CONSTANT(itimer, "ITIMER_???"),
	TABLE(LOCK_TYPE) CONSTANT(lock_type, "F_???"),
	TABLE(MADVISE_ADVICE) CONSTANT(madvise_advice, "MADV_???"),
	TABLE(MAP_FLAGS) { .mask = MAP_TYPE, .values = map_types, .flags = map_flags, .huge = "MAP_HUGE_SHIFT", .wide = true, .unknown = "MAP_???" },
	TABLE(MEMBARRIER_COMMAND) CONSTANT(membarrier_command, "MEMBARRIER_CMD_???"),
	TABLE(MEMFD_FLAGS) { .flags = memfd_flags, .huge = "MFD_HUGE_SHIFT", .unknown = "MFD_???" },
	TABLE(MEMORY_POLICY) { .mask = 0x1fff, .values = memory_policy, .flags = memory_policy_flags, .unknown = "MPOL_???" },
	TABLE(MESSAGE_FLAGS) FLAGS(message_flags, "MSG_???"),
	TABLE(MLOCK_FLAGS) FLAGS(mlock_flags, "MLOCK_???"),
	TABLE(MLOCKALL_FLAGS) FLAGS(mlockall_flags, "MCL_???"),
	TABLE(MOUNT_FLAGS) { .mask = 0xffff0000, .values = mount_magic, .flags = mount_flags, .value_optional = true, .wide = true, .unknown = "MS_???" },
	TABLE(MREMAP_FLAGS) { .flags = mremap_flags, .wide = true, .unknown = "MREMAP_???" },
	TABLE(MSYNC_FLAGS) FLAGS(msync_flags, "MS_???"),
	TABLE(NETLINK_PROTOCOL) CONSTANT(netlink_protocol, "NETLINK_???"),
	TABLE(OPEN_FLAGS) { .mask = O_ACCMODE, .values = access_modes, .flags = open_flags },
	TABLE(OPEN_HOW_FLAGS) { .mask = O_ACCMODE, .values = access_modes, .flags = open_flags, .wide = true },
	TABLE(OPEN_TREE_FLAGS) FLAGS(open_tree_flags, "OPEN_TREE_???"),
	TABLE(PIDFD_FLAGS) FLAGS(pidfd_flags, "PIDFD_???"),
	TABLE(PIPE_FLAGS) FLAGS(pipe_flags, "O_???"),
	TABLE(POLL_EVENTS) FLAGS(poll_events, "POLL???"),
	TABLE(PRCTL_OPTION) CONSTANT(prctl_option, "PR_???"),
	TABLE(PRIORITY_WHICH) CONSTANT(priority_which, "PRIO_???"),
	TABLE(PROT) { .flags = prot, .wide = true, .unknown = "PROT_???" },
	TABLE(PTRACE_REQUEST) { .mask = UINT64_MAX, .values = ptrace_request, .wide = true, .unknown = "PTRACE_???" },
	TABLE(RANDOM_FLAGS) FLAGS(random_flags, "GRND_???"),
	TABLE(RENAME_FLAGS) FLAGS(rename_flags, "RENAME_???"),
	TABLE(RESOLVE_FLAGS) { .flags = resolve_flags, .wide = true, .unknown = "RESOLVE_???" },
	TABLE(RLIMIT) CONSTANT(rlimit, "RLIMIT_???"),
	TABLE(RUSAGE_WHO) CONSTANT(rusage_who, "RUSAGE_???"),
	TABLE(RWF_FLAGS) FLAGS(rwf_flags, "RWF_???"),
	TABLE(SCHEDULER) { .mask = 0x3fffffff, .values = scheduler, .flags = scheduler_flags, .unknown = "SCHED_???" },
	TABLE(SEALS) FLAGS(seals, "F_SEAL_???"),
	TABLE(SECCOMP_OPERATION) CONSTANT(seccomp_operation, "SECCOMP_SET_MODE_???"),
	TABLE(SEMOP_FLAGS) FLAGS(semop_flags, "SEM_???"),
	TABLE(SETNS_FLAGS) FLAGS(namespace_flags, "CLONE_NEW???"),
	TABLE(SHUTDOWN_HOW) CONSTANT(shutdown_how, "SHUT_???"),
	TABLE(SIGACTION_FLAGS) { .flags = sigaction_flags, .wide = true, .unknown = "SA_???" },
	TABLE(SIGMASK_HOW) CONSTANT(sigmask_how, "SIG_???"),
	TABLE(SIGNAL) CONSTANT(signals, NULL),
	TABLE(SIGNALFD_FLAGS) FLAGS(signalfd_flags, "SFD_???"),
	TABLE(SIGSTACK_FLAGS) FLAGS(sigstack_flags, "SS_???"),
	TABLE(SOCKET_FLAGS) FLAGS(socket_flags, "SOCK_???"),
	TABLE(SOCKET_LEVEL) CONSTANT(socket_level, "SOL_???"),
	TABLE(SOCKET_TYPE) { .mask = 0xf, .values = socket_type, .flags = socket_flags, .unknown = "SOCK_???" },
	TABLE(SOL_SOCKET_OPTION) CONSTANT(sol_socket_option, "SO_???"),
	TABLE(SPLICE_FLAGS) FLAGS(splice_flags, "SPLICE_F_???"),
	TABLE(STATFS_FLAGS) FLAGS(statfs_flags, "ST_???"),
	TABLE(STATX_ATTRIBUTES) { .flags = statx_attributes, .wide = true, .unknown = "STATX_ATTR_???" },
	TABLE(STATX_FLAGS) { .mask = 0x6000, .values = statx_synchronous, .flags = at_flags, .unknown = "AT_???" },
	TABLE(STAT_MODE) { .mask = S_IFMT, .values = stat_types, .flags = stat_flags },
	TABLE(STATX_MASK) FLAGS(statx_mask, "STATX_???"),
	TABLE(SYNC_RANGE_FLAGS) FLAGS(sync_range_flags, "SYNC_FILE_RANGE_???"),
	TABLE(TIMER_FLAGS) FLAGS(timer_flags, "TIMER_???"),
	TABLE(TCP_OPTION) CONSTANT(tcp_option, "TCP_???"),
	TABLE(TIMERFD_FLAGS) FLAGS(timerfd_flags, "TFD_???"),
	TABLE(UMOUNT_FLAGS) FLAGS(umount_flags, "MNT_???"),
	TABLE(UNLINK_FLAGS) FLAGS(at_flags, "AT_???"),
	TABLE(UNSHARE_FLAGS) { .flags = clone_flags, .wide = true, .unknown = "CLONE_???" },
	TABLE(WAIT_OPTIONS) FLAGS(wait_options, "W???"),
	TABLE(WHENCE) CONSTANT(whence, "SEEK_???"),
	TABLE(CAPABILITY) { .mask = UINT64_MAX, .values = capability, .wide = true, .unknown = "CAP_???" },
	TABLE(DELETE_FLAGS) FLAGS(delete_flags, "O_???"),
	TABLE(FANOTIFY_INIT) { .mask = 0xc, .values = fanotify_class, .flags = fanotify_flags, .unknown = "FAN_???" },
	TABLE(FANOTIFY_MASK) { .flags = fanotify_mask, .wide = true, .unknown = "FAN_???" },
	TABLE(MARK_FLAGS) FLAGS(mark_flags, "FAN_MARK_???"),
	TABLE(FSCONFIG_COMMAND) CONSTANT(fsconfig_command, "FSCONFIG_???"),
	TABLE(FSMOUNT_FLAGS) FLAGS(fsmount_flags, "FSMOUNT_???"),
	TABLE(FSOPEN_FLAGS) FLAGS(fsopen_flags, "FSOPEN_???"),
	TABLE(FSPICK_FLAGS) FLAGS(fspick_flags, "FSPICK_???"),
	TABLE(IOPRIO_WHO) CONSTANT(ioprio_who, "IOPRIO_WHO_???"),
	TABLE(IO_URING_REGISTER) CONSTANT(io_uring_register, "IORING_REGISTER_???"),
	TABLE(IO_URING_SETUP) FLAGS(io_uring_setup, "IORING_SETUP_???"),
	TABLE(IO_URING_FEATURES) FLAGS(io_uring_features, "IORING_FEAT_???"),
	TABLE(KCMP_TYPE) CONSTANT(kcmp_type, "KCMP_???"),
	TABLE(KEXEC_FILE_FLAGS) { .flags = kexec_file_flags, .wide = true, .unknown = "KEXEC_FILE_???" },
	TABLE(KEXEC_FLAGS) { .flags = kexec_flags, .wide = true, .unknown = "KEXEC_???" },
	TABLE(KEY_RING) CONSTANT(key_ring, NULL),
	TABLE(LANDLOCK_FLAGS) FLAGS(landlock_flags, "LANDLOCK_CREATE_RULESET_???"),
	TABLE(LANDLOCK_RULE) CONSTANT(landlock_rule, "LANDLOCK_RULE_???"),
	TABLE(MOUNT_ATTRIBUTES) { .mask = 0x70, .values = mount_atime, .value_optional = true, .value_last = true, .flags = mount_attributes, .unknown = "MOUNT_ATTR_???" },
	TABLE(MOVE_MOUNT_FLAGS) FLAGS(move_mount_flags, "MOVE_MOUNT_???"),
	TABLE(NUMA_GET_FLAGS) { .flags = numa_get_flags, .wide = true, .unknown = "MPOL_F_???" },
	TABLE(NUMA_MOVE_FLAGS) FLAGS(numa_move_flags, "MPOL_MF_???"),
	TABLE(OPEN_ONLY) FLAGS(open_flags, "O_???"),
	TABLE(PERF_FLAGS) { .flags = perf_flags, .wide = true, .unknown = "PERF_FLAG_???" },
	TABLE(PERSONALITY) { .mask = 0xff, .values = personality_type, .flags = personality_flags, .unknown = "PER_???" },
	TABLE(PKEY_RIGHTS) { .flags = pkey_rights, .wide = true, .unknown = "PKEY_???" },
	TABLE(SECCOMP_FLAGS) FLAGS(seccomp_flags, "SECCOMP_FILTER_FLAG_???"),
	TABLE(SECUREBITS) { .flags = securebits, .wide = true, .unknown = "SECBIT_???" },
	TABLE(SIGINFO_CODE) CONSTANT(siginfo_code, "SI_???"),
	TABLE(SIGEVENT_NOTIFY) CONSTANT(sigevent_notify, "SIGEV_???"),
	TABLE(SWAP_FLAGS) FLAGS(swap_flags, "SWAP_FLAG_???"),
	TABLE(USERFAULT_FLAGS) FLAGS(userfault_open, "UFFD_???"),
	TABLE(PACKET_OPTION) CONSTANT(packet_option, "PACKET_???"),
	TABLE(UDP_OPTION) CONSTANT(udp_option, "UDP_???"),
	TABLE(IO_CLASS) CONSTANT(io_class, "IOPRIO_CLASS_???"),
	TABLE(NOTIFY_FLAGS) FLAGS(notify_flags, "DN_???"),
	TABLE(MODULE_FLAGS) FLAGS(module_flags, "MODULE_INIT_???"),
	TABLE(FILE_OWNER) CONSTANT(file_owner, "F_OWNER_???"),
	TABLE(TIMEX_MODES) FLAGS(timex_modes, "ADJ_???"),
	TABLE(TIMEX_STATUS) FLAGS(timex_status, "STA_???"),
	TABLE(TIME_STATE) CONSTANT(time_state, "TIME_???"),
	TABLE(ICMP_TYPE) CONSTANT(icmp_type, "ICMP_???"),
	TABLE(PACKET_MEMBERSHIP) CONSTANT(packet_membership, "PACKET_MR_???"),
	TABLE(RAW_OPTION) CONSTANT(raw_option, "ICMP_???"),
	TABLE(TXREHASH) CONSTANT(txrehash, "SOCK_TXREHASH_???"),
	TABLE(NETLINK_OPTION) CONSTANT(netlink_option, "NETLINK_???"),
	TABLE(XATTR_FLAGS) FLAGS(xattr_flags, "XATTR_???"),
};
