/* SPDX-License-Identifier: BSD-2-Clause */
#include "args_depend.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "result.h"

/* Of a mount that is there: no file system is looked for. */
#define MOUNT_CHANGES (MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)

/* True if the operation uses the call's argument i, one of those after the operation. */
static bool futex_uses(uint64_t operation, int i)
{
	enum { VALUE = 4, TIMEOUT = 8, ADDRESS = 16, SECOND = 32, ALL = VALUE | TIMEOUT | ADDRESS | SECOND };
	static const uint8_t uses[] = {
		[FUTEX_WAIT] = VALUE | TIMEOUT,
		[FUTEX_WAKE] = VALUE,
		[FUTEX_FD] = VALUE,
		[FUTEX_REQUEUE] = VALUE | TIMEOUT | ADDRESS,
		[FUTEX_CMP_REQUEUE] = ALL,
		[FUTEX_WAKE_OP] = ALL,
		[FUTEX_LOCK_PI] = TIMEOUT,
		[FUTEX_UNLOCK_PI] = 0,
		[FUTEX_TRYLOCK_PI] = 0,
		[FUTEX_WAIT_BITSET] = VALUE | TIMEOUT | SECOND,
		[FUTEX_WAKE_BITSET] = VALUE | SECOND,
		[FUTEX_WAIT_REQUEUE_PI] = VALUE | TIMEOUT | ADDRESS,
		[FUTEX_CMP_REQUEUE_PI] = ALL,
		[13 /* FUTEX_LOCK_PI2 */] = TIMEOUT,
	};
	uint32_t command = (uint32_t)operation & FUTEX_CMD_MASK;
	return (command < sizeof(uses) ? uses[command] : ALL) >> i & 1;
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

/* The type of the operation's last argument. */
static enum arg_type futex_value(uint64_t operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAKE_BITSET:
		return ARG_FUTEX_BITSET;
	case FUTEX_CMP_REQUEUE:
	case FUTEX_CMP_REQUEUE_PI:
		return ARG_UNSIGNED;
	case FUTEX_WAKE_OP:
		return ARG_FUTEX_CHANGE;
	default:
		return ARG_HEX32;
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

/* One type where the condition holds, else the other. */
static enum arg_type either(bool condition, enum arg_type type, enum arg_type other)
{
	return condition ? type : other;
}

enum arg_type arg_resolve(enum arg_type type, const uint64_t args[6])
{
	switch (type) {
	case ARG_AMBIENT_CAPABILITY:
		return either(args[1] >= PR_CAP_AMBIENT_IS_SET && args[1] <= PR_CAP_AMBIENT_LOWER,
			ARG_CAPABILITY, ARG_HEX);
	case ARG_FUTEX_COUNT:
		return ARG_UNSIGNED;
	case ARG_FUTEX_VALUE:
		return futex_value(args[1]);
	case ARG_MCE_ARG:
		return either(args[1] == PR_MCE_KILL_SET, ARG_MCE_POLICY, ARG_HEX);
	case ARG_PDEATHSIG: /* the kernel looks at all of it */
		return either(args[1] <= 128, ARG_SIGNAL, ARG_SIZE);
	case ARG_PERSONALITY: /* asks for the present one */
		return either((uint32_t)args[0] == UINT32_MAX, ARG_HEX32, type);
	case ARG_SPECULATION_ARG:
		return either(args[1] <= 2 /* PR_SPEC_L1D_FLUSH */, ARG_SPECULATION_CONTROL, ARG_HEX);
	case ARG_VMA_ADDRESS:
		return either(args[1] == PR_SET_VMA_ANON_NAME, ARG_POINTER, ARG_HEX);
	case ARG_VMA_SIZE:
		return either(args[1] == PR_SET_VMA_ANON_NAME, ARG_SIZE, ARG_HEX);
	default:
		return type;
	}
}

bool arg_is_used(const uint64_t args[6], int i, enum arg_type type)
{
	switch (type) {
	case ARG_OPEN_MODE:
		return args[i - 1] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY));
	case ARG_DEVICE:
		return S_ISCHR(args[i - 1]) || S_ISBLK(args[i - 1]);
	case ARG_FCNTL_ARG:
		return fcntl_takes_arg(args[i - 1]);
	case ARG_MREMAP_ADDRESS:
		return args[i - 1] & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	case ARG_IN_NEW_QUEUE:
		return args[1] & O_CREAT;
	case ARG_IN_FILTER: /* prctl in strict mode has none */
		return args[i - 1] != SECCOMP_MODE_STRICT || args[0] != PR_SET_SECCOMP;
	case ARG_MEMBARRIER_CPU:
		return args[i - 1] & 1 /* MEMBARRIER_CMD_FLAG_CPU */;
	case ARG_CLONE_PARENT_TID:
	case ARG_CLONE_CHILD_TID:
	case ARG_CLONE_TLS:
		return clone_has(args[0], type);
	case ARG_FUTEX_COUNT:
	case ARG_FUTEX_TIMEOUT:
	case ARG_FUTEX_ADDRESS:
	case ARG_FUTEX_VALUE:
		return futex_uses(args[1], i);
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

/* Without the mark of old programs, whose bits are flags too. */
static uint64_t mount_flags(uint64_t flags)
{
	return (flags & MS_MGC_MSK) == MS_MGC_VAL ? flags & ~(uint64_t)MS_MGC_MSK : flags;
}

bool arg_is_pointer(const struct call_event *call, int i, enum arg_type type)
{
	switch (type) {
	case ARG_IN_SIGSET:
		return sigset_is_read(call);
	case ARG_IN_SEGMENT: /* modify_ldt reads other sizes for other purposes */
		return call->nr != SYS_modify_ldt || call->args[2] == 16;
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
	case ARG_IN_IOCBS:
		return (int64_t)call->args[1] >= 0;
	case ARG_MOUNT_TYPE:
		return !(mount_flags(call->args[3]) & (MS_REMOUNT | MOUNT_CHANGES));
	case ARG_MOUNT_DATA:
		return !(mount_flags(call->args[3]) & MOUNT_CHANGES);
	case ARG_CORE_COOKIE:
		return call->args[1] == PR_SCHED_CORE_GET;
	case ARG_VMA_NAME:
		return call->args[1] == PR_SET_VMA_ANON_NAME;
	case ARG_FCNTL_ARG:
		return fcntl_takes_lock(call->args[i - 1]) || (int)call->args[i - 1] == F_SETOWN_EX ||
		       ((int)call->args[i - 1] == F_GETOWN_EX && !result_failed(call));
	case ARG_IN_IDS: /* of more the kernel reads none */
		return (uint32_t)call->args[0] <= NGROUPS_MAX;
	case ARG_FUTEX_TIMEOUT:
		return !futex_counts(call->args[1]);
	case ARG_CLONE_PARENT_TID:
		return call->args[0] & CLONE_PARENT_SETTID;
	default:
		return true;
	}
}
