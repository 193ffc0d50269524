/* SPDX-License-Identifier: BSD-2-Clause */
#include "args_decode.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "args_depend.h"
#include "commands.h"
#include "ioctl_request.h"
#include "memory_kinds.h"
#include "memory_read.h"
#include "result.h"
#include "syscalls.h"
#include "user/base/errnames.h"

/* The functions below fill *arg in place: returning it by value costs more than the whole decoding. */
static void set_arg(struct arg *arg, enum arg_form form, uint64_t value)
{
	arg->form = form;
	arg->value = value;
}

static void set_symbol(struct arg *arg, enum arg_type type, uint64_t value)
{
	set_arg(arg, ARG_FORM_SYMBOL, value);
	arg->type = type;
}

static void fcntl_arg(struct arg *arg, uint64_t command, uint64_t value)
{
	switch ((int)command) {
	case F_SETFL:
		set_symbol(arg, ARG_OPEN_FLAGS, value);
		break;
	case F_SETFD:
		set_symbol(arg, ARG_DESCRIPTOR_FLAGS, value);
		break;
	case F_ADD_SEALS:
		set_symbol(arg, ARG_SEALS, value);
		break;
	case F_NOTIFY:
		set_symbol(arg, ARG_NOTIFY_FLAGS, value);
		break;
	case F_SETSIG:
		set_symbol(arg, ARG_SIGNAL, value);
		break;
	case F_SETLEASE:
		set_symbol(arg, ARG_LOCK_TYPE, value);
		break;
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETOWN:
	case F_SETPIPE_SZ:
		set_arg(arg, ARG_FORM_SIGNED, (uint64_t)(int32_t)value);
		break;
	case F_GETOWN_EX:
	case F_SETOWN_EX:
		set_arg(arg, ARG_FORM_POINTER, value);
		break;
	default:
		set_arg(arg, fcntl_takes_lock(command) ? ARG_FORM_POINTER : ARG_FORM_HEX, value);
	}
}

/* The file of the call's nth descriptor argument. If the call returned a descriptor, `other` is that one's. */
static const struct file_ref *descriptor_file(
	const struct call_event *call, const struct syscall_info *info, int nth)
{
	bool other_is_result =
		(info->result == RESULT_FD || info->result == RESULT_NEW_FD) && !result_failed(call);
	if (nth == 0)
		return &call->file;
	return nth == 1 && !other_is_result ? &call->other : &call->replaced;
}

static void descriptor_arg(struct arg *arg, enum arg_type type, int32_t fd, const struct call_event *call,
	const struct file_ref *file)
{
	if (type == ARG_DIRFD && fd == AT_FDCWD)
		file = &call->folder;
	set_arg(arg, ARG_FORM_FD, (uint64_t)fd);
	arg->type = type;
	arg->text = file->path;
	arg->deleted = file->deleted;
}

/* A string or a vector of strings, or the pointer where the memory could not be read. */
static void string_arg(struct arg *arg, enum arg_form form, const struct span *text, uint64_t pointer)
{
	set_arg(arg, text && text->data ? form : ARG_FORM_POINTER, pointer);
	if (text)
		arg->text = *text;
}

/* Types that need nothing but the argument's value. */
static void plain_arg(struct arg *arg, enum arg_type type, uint64_t value)
{
	if (type == ARG_PERSONALITY && (uint32_t)value == UINT32_MAX) /* asks, and sets nothing */
		type = ARG_HEX32;
	if (type >= ARG_SYMBOLS) {
		set_symbol(arg, type, value);
		return;
	}
	switch (type) {
	case ARG_SIGNED:
	case ARG_MEMBARRIER_CPU:
		set_arg(arg, ARG_FORM_SIGNED, (uint64_t)(int32_t)value);
		break;
	case ARG_LONG:
	case ARG_OFFSET:
		set_arg(arg, ARG_FORM_SIGNED, value);
		break;
	case ARG_ID:
		if ((uint32_t)value == UINT32_MAX)
			set_arg(arg, ARG_FORM_SIGNED, UINT64_MAX);
		else
			set_arg(arg, ARG_FORM_UNSIGNED, (uint32_t)value);
		break;
	case ARG_UNSIGNED:
		set_arg(arg, ARG_FORM_UNSIGNED, (uint32_t)value);
		break;
	case ARG_HEX_OFFSET:
		set_arg(arg, ARG_FORM_HEX_NUMBER, value);
		break;
	case ARG_HEX32:
		set_arg(arg, ARG_FORM_HEX, (uint32_t)value);
		break;
	case ARG_HEX:
		set_arg(arg, ARG_FORM_HEX, value);
		break;
	case ARG_OCTAL:
	case ARG_OPEN_MODE:
		set_arg(arg, ARG_FORM_OCTAL, (uint16_t)value);
		break;
	case ARG_FILE_MODE:
		set_arg(arg, ARG_FORM_FILE_MODE, (uint16_t)value);
		break;
	case ARG_DEVICE:
	case ARG_DEVICE_NUMBER:
		set_arg(arg, ARG_FORM_DEVICE, (uint32_t)value);
		break;
	case ARG_POINTER:
	case ARG_MREMAP_ADDRESS:
	case ARG_FUTEX_ADDRESS:
	case ARG_CLONE_PARENT_TID:
	case ARG_CLONE_CHILD_TID:
	case ARG_CLONE_TLS:
		set_arg(arg, ARG_FORM_POINTER, value);
		break;
	case ARG_BUFFER:
		set_arg(arg, value ? ARG_FORM_BUFFER : ARG_FORM_POINTER, value);
		break;
	default: /* ARG_SIZE */
		set_arg(arg, ARG_FORM_UNSIGNED, value);
	}
}

/* A protocol depends on the domain, an option on the level: arguments that come before it. */
static void socket_arg(struct arg *arg, enum arg_type type, const struct call_event *call, uint64_t value)
{
	static const struct {
		uint16_t type, type_for;
		int what;
	} known[] = {
		{ ARG_SOCKET_PROTOCOL, ARG_IP_PROTOCOL, AF_INET },
		{ ARG_SOCKET_PROTOCOL, ARG_IP_PROTOCOL, AF_INET6 },
		{ ARG_SOCKET_PROTOCOL, ARG_NETLINK_PROTOCOL, AF_NETLINK },
		{ ARG_SOCKET_OPTION, ARG_SOL_SOCKET_OPTION, SOL_SOCKET },
		{ ARG_GET_SOCKET_OPTION, ARG_GET_SOCKET_OPTION, SOL_SOCKET },
		{ ARG_SOCKET_OPTION, ARG_IP_OPTION, 0 /* SOL_IP */ },
		{ ARG_SOCKET_OPTION, ARG_TCP_OPTION, 6 /* SOL_TCP */ },
		{ ARG_SOCKET_OPTION, ARG_UDP_OPTION, 17 /* SOL_UDP */ },
		{ ARG_SOCKET_OPTION, ARG_IPV6_OPTION, 41 /* SOL_IPV6 */ },
		{ ARG_SOCKET_OPTION, ARG_PACKET_OPTION, SOL_PACKET },
		{ ARG_SOCKET_OPTION, ARG_RAW_OPTION, 255 /* SOL_RAW */ },
		{ ARG_SOCKET_OPTION, ARG_NETLINK_OPTION, SOL_NETLINK },
	};
	int what = (int)call->args[type == ARG_SOCKET_PROTOCOL ? 0 : 1];
	if (call->nr == SYS_getsockopt && what == SOL_SOCKET && value == SO_ATTACH_FILTER)
		type = ARG_GET_SOCKET_OPTION; /* the number is SO_GET_FILTER's too */
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].type == type && known[i].what == what) {
			set_symbol(arg, known[i].type_for, value);
			return;
		}
	plain_arg(arg, ARG_SIGNED, value);
}

static bool was_interrupted(const struct call_event *call)
{
	int number = (int)-call->result;
	return result_failed(call) && (number == EINTR || errno_restarts(number));
}

/* True if copied memory holds what its type says: some calls fill it only under a condition. */
static bool holds_value(const struct call_event *call, enum arg_type type, struct span memory)
{
	switch (type) {
	case ARG_OUT_WAIT_RUSAGE:
		if (call->nr == SYS_waitid)
			return memory_u32(call->block[0], 0) == SIGCHLD;
		return call->result > 0;
	case ARG_OUT_WAIT_STATUS:
		return call->result > 0;
	case ARG_OUT_SIGINFO:
		return call->nr != SYS_waitid || !memory_u32(memory, 0) || memory_u32(memory, 0) == SIGCHLD;
	case ARG_IN_CAPABILITY_HEADER: /* the kernel puts its own version there */
		return call->result != -EINVAL && (call->nr != SYS_capget || call->args[1]);
	case ARG_REST_TIMESPEC: /* a sleep until an absolute time leaves it unset */
		return was_interrupted(call) &&
		       !(call->nr == SYS_clock_nanosleep && call->args[1] & TIMER_ABSTIME);
	default:
		return true;
	}
}

/* True if the call filled the memory of argument i through another argument: what it held before is gone. */
static bool is_overwritten(const struct call_event *call, const struct syscall_info *info, int i)
{
	for (int j = 0; j < 6 && info->args[j] != ARG_NONE; j++)
		if (j != i && call->args[j] == call->args[i] &&
			memory_is_filled(memory_kind(info->args[j]), call))
			return true;
	return false;
}

/* Which of a kind's copies has the memory: commands may have kinds of their own. */
static unsigned copied(const struct memory_kind *kind, const struct span *copies)
{
	for (unsigned i = 0; i < memory_copy_count(kind) && kind->copies[i].when; i++)
		if (copies[i].data)
			return i;
	return 0;
}

static bool has_memory(const struct call_event *call, const struct syscall_info *info, int i,
	const struct memory_kind *kind, const struct span *copies)
{
	unsigned which = copied(kind, copies);
	struct span memory = copies[which];
	if (info->args[i] == ARG_NAME && memory.cut) /* the kernel would not take it either */
		return false;
	const struct call_copy *copy = &kind->copies[which];
	size_t least = kind->least;
	if (!least && copy->count == COUNT_LIMIT && !(copy->flags & COPY_STRING))
		least = copy->unit;
	return memory.data && memory.len >= least && holds_value(call, info->args[i], memory) &&
	       (memory_is_filled(kind, call) || !is_overwritten(call, info, i));
}

/* A pointer whose memory was copied with the call. */
static void memory_arg(struct arg *arg, const struct call_event *call, enum arg_type type, uint64_t value,
	const struct span *memory)
{
	if (!memory_is_string(type)) {
		set_arg(arg, ARG_FORM_MEMORY, value);
		arg->type = type;
		arg->memory = memory;
		return;
	}
	string_arg(arg, ARG_FORM_STRING, memory, value);
	if (call->nr == SYS_getcwd && arg->text.len) /* the result counts the zero byte too */
		arg->text.len--;
}

/* The same types where the argument is no pointer, or its memory was not copied. */
static void pointer_arg(struct arg *arg, const struct call_event *call, int i, enum arg_type type)
{
	uint64_t value = call->args[i];
	switch (type) {
	case ARG_FCNTL_ARG:
		fcntl_arg(arg, call->args[i - 1], value);
		break;
	case ARG_FUTEX_TIMEOUT:
		plain_arg(arg, futex_counts(call->args[1]) ? ARG_UNSIGNED : ARG_POINTER, value);
		break;
	case ARG_OUT_MASK: /* an older recording lacks it */
		set_arg(arg, ARG_FORM_BUFFER, value);
		break;
	default:
		plain_arg(arg, ARG_POINTER, value);
	}
}

/* Puts clone's arguments in strace's order, with its labels. */
static void order_clone(struct arg out[6], int count, const uint64_t args[6])
{
	struct arg flags = out[0];
	out[0] = out[1];
	out[0].label = "child_stack=";
	out[1] = flags;
	out[1].label = "flags=";
	bool parent = clone_has(args[0], ARG_CLONE_PARENT_TID), tls = clone_has(args[0], ARG_CLONE_TLS),
	     child = clone_has(args[0], ARG_CLONE_CHILD_TID);
	int at = 2;
	if (parent)
		out[at++].label = "parent_tid=";
	if (tls && child) {
		struct arg tid = out[at];
		out[at] = out[at + 1];
		out[at + 1] = tid;
	}
	if (tls && at < count)
		out[at++].label = "tls=";
	if (child && at < count)
		out[at].label = "child_tidptr=";
}

/* How many descriptors and strings came before this argument: they say which of the event's paths is its. */
struct position {
	int fds, strings;
};

/* The environment: its address and the number of variables, or that number in its place. */
static void set_environment(struct arg *arg, const struct call_event *call, uint64_t value)
{
	if (call->block[0].len == sizeof(uint32_t) && value) {
		set_arg(arg, ARG_FORM_ENVIRONMENT, value);
		arg->memory = &call->block[0];
	} else {
		bool number = call->path[1].data && !call->block[0].data;
		set_arg(arg, number && !result_failed(call) ? ARG_FORM_VARIABLES : ARG_FORM_POINTER, value);
	}
}

/* An argument for which no memory is copied. */
static void value_arg(struct arg *arg, const struct call_event *call, const struct syscall_info *info, int i,
	struct position *before)
{
	enum arg_type type = arg_resolve(info->args[i], call->args);
	uint64_t value = call->args[i];
	switch (type) {
	case ARG_FD:
	case ARG_DIRFD:
		descriptor_arg(arg, type, (int32_t)value, call, descriptor_file(call, info, before->fds++));
		break;
	case ARG_IOPRIO:
		set_arg(arg, ARG_FORM_IOPRIO, (uint32_t)value);
		break;
	case ARG_PATH:
	case ARG_STRING:
		string_arg(arg, ARG_FORM_STRING, before->strings < 2 ? &call->path[before->strings] : NULL,
			value);
		before->strings++;
		break;
	case ARG_ARGV: /* comes with the exec event, as the call's second string */
		string_arg(arg, ARG_FORM_STRINGS, &call->path[1], value);
		break;
	case ARG_ENVP:
		set_environment(arg, call, value);
		break;
	case ARG_SOCKET_PROTOCOL:
	case ARG_SOCKET_OPTION:
		socket_arg(arg, type, call, value);
		break;
	case ARG_FUTEX_CHANGE:
		set_arg(arg, ARG_FORM_FUTEX_CHANGE, (uint32_t)value);
		break;
	case ARG_IOCTL_ARG:
		plain_arg(arg, ioctl_takes_pointer(call->args[1]) ? ARG_POINTER : ARG_HEX, value);
		break;
	default:
		plain_arg(arg, type, value);
	}
}

int args_decode(const struct call_event *call, struct arg out[6])
{
	struct syscall_info own;
	const struct syscall_info *info = command_info(call->nr, call->args, &own);
	const struct span *memory = call->block;
	struct position before = { 0 };
	int count = 0;
	for (int i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		enum arg_type type = info->args[i];
		const struct memory_kind *kind = memory_kind(type);
		const struct span *copies = memory;
		memory += memory_copy_count(kind);
		if (!arg_is_used(call->args, i, type))
			continue;
		struct arg *arg = &out[count++];
		arg->label = NULL;
		if (!kind)
			value_arg(arg, call, info, i, &before);
		else if (arg_is_pointer(call, i, type) && has_memory(call, info, i, kind, copies))
			memory_arg(arg, call, type, call->args[i], copies);
		else if (type == ARG_STRING && before.strings < 2 && call->path[before.strings].data)
			value_arg(arg, call, info, i, &before); /* an older recording has it as a path */
		else
			pointer_arg(arg, call, i, type);
	}
	if (call->nr == SYS_clone)
		order_clone(out, count, call->args);
	return count;
}
