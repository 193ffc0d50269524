/* SPDX-License-Identifier: BSD-2-Clause */
#include "args_depend.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "result.h"

/* How many arguments the operation uses. */
static int futex_args(uint64_t operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAKE:
	case FUTEX_FD:
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
		return 3;
	case FUTEX_WAIT:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return 4;
	case FUTEX_REQUEUE:
	case FUTEX_WAIT_REQUEUE_PI:
		return 5;
	default:
		return 6;
	}
}

bool futex_counts(uint64_t operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_CMP_REQUEUE_PI:
	case FUTEX_WAKE_OP:
		return true;
	default:
		return false;
	}
}

static bool fcntl_takes_arg(uint64_t command)
{
	switch ((int)command) {
	case F_GETFD:
	case F_GETFL:
	case F_GETOWN:
	case F_GETSIG:
	case F_GETLEASE:
	case F_GETPIPE_SZ:
	case F_GET_SEALS:
		return false;
	default:
		return true;
	}
}

bool fcntl_takes_lock(uint64_t command)
{
	switch ((int)command) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return true;
	default:
		return false;
	}
}

bool futex_has_bitset(uint64_t operation)
{
	operation &= FUTEX_CMD_MASK;
	return operation == FUTEX_WAIT_BITSET || operation == FUTEX_WAKE_BITSET;
}

/* True if the request's argument points to an int or a struct winsize that is valid: the kernel reads it, or has
 * filled it because the call succeeded. */
static bool ioctl_has_memory(const struct call_event *call)
{
	switch ((unsigned)call->args[1]) {
	case FIONBIO:
	case FIOASYNC:
	case TIOCSWINSZ:
	case TIOCSPGRP:
	case TIOCSPTLCK:
		return true;
	case FIONREAD:
	case TIOCOUTQ:
	case TIOCGWINSZ:
	case TIOCGPGRP:
	case TIOCGSID:
	case TIOCGPTN:
		return !result_failed(call);
	default:
		return false;
	}
}

bool clone_has(uint64_t flags, enum arg_type type)
{
	switch (type) {
	case ARG_CLONE_PARENT_TID:
		return flags & (CLONE_PARENT_SETTID | 0x1000 /* CLONE_PIDFD */);
	case ARG_CLONE_CHILD_TID:
		return flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
	default:
		return flags & CLONE_SETTLS;
	}
}

const struct prctl_form *prctl_form(uint64_t option)
{
	static const struct prctl_form forms[] = {
		{ PR_SET_PDEATHSIG, 1, ARG_SIGNAL },
		{ PR_GET_PDEATHSIG, 1, ARG_POINTER },
		{ PR_GET_TID_ADDRESS, 1, ARG_POINTER },
		{ PR_GET_CHILD_SUBREAPER, 1, ARG_POINTER },
		{ PR_GET_TSC, 1, ARG_POINTER },
		{ PR_SET_TSC, 1, ARG_SIZE },
		{ PR_SET_SECUREBITS, 1, ARG_SECUREBITS },
		{ PR_SET_PTRACER, 1, ARG_SIZE },
		{ PR_GET_DUMPABLE, 0, ARG_NONE },
		{ PR_SET_DUMPABLE, 1, ARG_DUMPABLE },
		{ PR_GET_KEEPCAPS, 0, ARG_NONE },
		{ PR_SET_KEEPCAPS, 1, ARG_SIZE },
		{ PR_GET_TIMING, 0, ARG_NONE },
		{ PR_TASK_PERF_EVENTS_DISABLE, 0, ARG_NONE },
		{ PR_TASK_PERF_EVENTS_ENABLE, 0, ARG_NONE },
		{ PR_SET_TIMING, 1, ARG_SIZE },
		{ PR_SET_NAME, 1, ARG_PRCTL_ARG },
		{ PR_GET_NAME, 1, ARG_PRCTL_ARG },
		{ PR_GET_SECCOMP, 0, ARG_NONE },
		{ PR_CAPBSET_READ, 1, ARG_CAPABILITY },
		{ PR_CAPBSET_DROP, 1, ARG_CAPABILITY },
		{ PR_GET_SECUREBITS, 0, ARG_NONE },
		{ PR_SET_TIMERSLACK, 1, ARG_SIZE },
		{ PR_GET_TIMERSLACK, 0, ARG_NONE },
		{ PR_SET_CHILD_SUBREAPER, 1, ARG_SIZE },
		{ PR_SET_NO_NEW_PRIVS, 4, ARG_SIZE },
		{ PR_GET_NO_NEW_PRIVS, 4, ARG_SIZE },
		{ PR_SET_THP_DISABLE, 4, ARG_SIZE },
		{ PR_GET_THP_DISABLE, 4, ARG_SIZE },
	};
	static const struct prctl_form unknown = { 0, 4, ARG_HEX };
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].option == (int)option)
			return &forms[i];
	return &unknown;
}

bool arg_is_used(const uint64_t args[6], int i, enum arg_type type)
{
	switch (type) {
	case ARG_OPEN_MODE:
		return (args[i - 1] & O_CREAT) || (args[i - 1] & O_TMPFILE) == O_TMPFILE;
	case ARG_IN_MQ_CREATE:
		return args[1] & O_CREAT;
	case ARG_DEVICE:
		return S_ISCHR(args[i - 1]) || S_ISBLK(args[i - 1]);
	case ARG_FCNTL_ARG:
		return fcntl_takes_arg(args[i - 1]);
	case ARG_MREMAP_ADDRESS:
		return args[i - 1] & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	case ARG_PRCTL_ARG:
	case ARG_PRCTL_REST:
	case ARG_PRCTL_LAST:
		return i <= prctl_form(args[0])->args;
	case ARG_CLONE_PARENT_TID:
	case ARG_CLONE_CHILD_TID:
	case ARG_CLONE_TLS:
		return clone_has(args[0], type);
	case ARG_FUTEX_TIMEOUT:
		return i < futex_args(args[1]) && (args[1] & FUTEX_CMD_MASK) != FUTEX_WAKE_BITSET;
	case ARG_FUTEX_ADDRESS:
		return i < futex_args(args[1]) && !futex_has_bitset(args[1]);
	case ARG_FUTEX_VALUE:
		return i < futex_args(args[1]);
	default:
		return type != ARG_IGNORED;
	}
}

/* A set of signals has 8 bytes; with any other size the kernel does not look at it. */
static bool sigset_is_read(const struct call_event *call)
{
	switch (call->nr) {
	case SYS_rt_sigprocmask:
	case SYS_rt_sigtimedwait:
		return call->args[3] == 8;
	case SYS_ppoll:
		return call->args[4] == 8;
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		return call->args[5] == 8;
	case SYS_signalfd:
	case SYS_signalfd4:
		return call->args[2] == 8;
	case SYS_rt_sigsuspend:
		return call->args[1] == 8;
	default:
		return true;
	}
}

/* A type and options say nothing where nothing new is mounted. */
static bool mount_reads(uint64_t flags, int arg)
{
	const uint64_t moves = MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;
	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(uint64_t)MS_MGC_MSK;
	return !(flags & (arg == 2 ? moves | MS_REMOUNT : moves));
}

bool arg_is_pointer(const struct call_event *call, int i, enum arg_type type)
{
	switch (type) {
	case ARG_IN_SIGSET:
		return sigset_is_read(call);
	case ARG_OUT_SIGSET:
		return call->nr != SYS_rt_sigprocmask || call->args[3] == 8;
	case ARG_IN_EPOLL_EVENT:
		return (int)call->args[1] != EPOLL_CTL_DEL;
	case ARG_IN_CLONE_ARGS:
		return call->args[1] >= CLONE_ARGS_SIZE_VER0;
	case ARG_IN_OPEN_HOW:
		return call->args[3] >= 24;
	case ARG_IN_SOCKOPT:
		return (int)call->args[4] > 0;
	case ARG_PRCTL_LAST:
		return (int)call->args[0] == PR_SET_VMA && call->args[1] == 0;
	case ARG_FCNTL_ARG:
		return fcntl_takes_lock(call->args[i - 1]) || (int)call->args[i - 1] == F_SETOWN_EX ||
		       ((int)call->args[i - 1] == F_GETOWN_EX && !result_failed(call));
	case ARG_IN_IDS: /* of more the kernel reads none */
		return (uint32_t)call->args[0] <= NGROUPS_MAX;
	case ARG_STRING:
		return call->nr != SYS_mount || mount_reads(call->args[3], i);
	case ARG_FUTEX_TIMEOUT:
		return !futex_counts(call->args[1]);
	case ARG_IOCTL_ARG:
		return ioctl_has_memory(call);
	case ARG_PRCTL_ARG:
		return prctl_form(call->args[0])->first == ARG_PRCTL_ARG;
	case ARG_CLONE_PARENT_TID:
		return call->args[0] & CLONE_PARENT_SETTID;
	default:
		return true;
	}
}
