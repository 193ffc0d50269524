/* SPDX-License-Identifier: BSD-2-Clause */
#include "args.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>

/* How many arguments futex looks at depends on its operation. */
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

/* Operations whose fourth argument is not a time but the number of waiters to move or wake. */
static bool futex_counts(uint64_t operation)
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

static bool futex_has_bitset(uint64_t operation)
{
	operation &= FUTEX_CMD_MASK;
	return operation == FUTEX_WAIT_BITSET || operation == FUTEX_WAKE_BITSET;
}

/* True if the call looks at an argument whose type says that this depends. */
static bool is_looked_at(const uint64_t args[6], int i, enum arg_type type)
{
	switch (type) {
	case ARG_OPEN_MODE:
		return (args[i - 1] & O_CREAT) || (args[i - 1] & O_TMPFILE) == O_TMPFILE;
	case ARG_FCNTL_ARG:
		return fcntl_takes_arg(args[i - 1]);
	case ARG_MREMAP_ADDRESS:
		return args[i - 1] & (MREMAP_FIXED | MREMAP_DONTUNMAP);
	default: /* futex */
		return i < futex_args(args[1]);
	}
}

/* The functions below fill *arg in place: passing it by value costs more than all the rest. */
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
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
	case F_SETOWN:
	case F_SETSIG:
	case F_SETLEASE:
	case F_SETPIPE_SZ:
		set_arg(arg, ARG_FORM_SIGNED, (uint64_t)(int32_t)value);
		break;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
	case F_GETOWN_EX:
	case F_SETOWN_EX:
		set_arg(arg, ARG_FORM_POINTER, value);
		break;
	default:
		set_arg(arg, ARG_FORM_HEX, value);
	}
}

/* The file of the call's nth descriptor argument. Of a call that returned a descriptor, `other` is that one.
 */
static const struct span *descriptor_path(
	const struct call_event *call, const struct syscall_info *info, int nth)
{
	static const struct span none;
	bool other_is_result =
		(info->result == RESULT_FD || info->result == RESULT_NEW_FD) && !result_failed(call);
	if (nth == 0)
		return &call->file.path;
	return nth == 1 && !other_is_result ? &call->other.path : &none;
}

/* A string or a vector of them, or the pointer where its memory could not be read. */
static void string_arg(struct arg *arg, enum arg_form form, const struct span *text, uint64_t pointer)
{
	set_arg(arg, text && text->data ? form : ARG_FORM_POINTER, pointer);
	if (text)
		arg->text = *text;
}

/* What one argument is, for those that need nothing but their value. */
static void plain_arg(struct arg *arg, enum arg_type type, uint64_t value)
{
	if (type >= ARG_SYMBOLS) {
		set_symbol(arg, type, value);
		return;
	}
	switch (type) {
	case ARG_SIGNED:
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
		set_arg(arg, ARG_FORM_OCTAL, (uint32_t)value);
		break;
	case ARG_POINTER:
	case ARG_MREMAP_ADDRESS:
	case ARG_FUTEX_ADDRESS:
		set_arg(arg, ARG_FORM_POINTER, value);
		break;
	case ARG_BUFFER:
		set_arg(arg, value ? ARG_FORM_BUFFER : ARG_FORM_POINTER, value);
		break;
	default: /* ARG_SIZE */
		set_arg(arg, ARG_FORM_UNSIGNED, value);
	}
}

int args_decode(const struct call_event *call, struct arg out[6])
{
	const struct syscall_info *info = syscall_info(call->nr);
	int fds = 0, strings = 0, count = 0;
	for (int i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		enum arg_type type = info->args[i];
		uint64_t value = call->args[i];
		struct arg *arg = &out[count];
		if (type >= ARG_OPEN_MODE && type < ARG_SYMBOLS && !is_looked_at(call->args, i, type))
			break;
		switch (type) {
		case ARG_FD:
		case ARG_DIRFD:
			set_arg(arg, ARG_FORM_FD, (uint64_t)(int32_t)value);
			arg->type = type;
			arg->text = *descriptor_path(call, info, fds++);
			break;
		case ARG_PATH:
		case ARG_STRING:
			string_arg(arg, ARG_FORM_STRING, strings < 2 ? &call->path[strings] : NULL, value);
			strings++;
			break;
		case ARG_ARGV: /* comes with the exec event, as the call's second string */
			string_arg(arg, ARG_FORM_STRINGS, &call->path[1], value);
			break;
		case ARG_ENVP:
			set_arg(arg, call->path[1].data ? ARG_FORM_VARIABLES : ARG_FORM_POINTER, value);
			break;
		case ARG_FCNTL_ARG:
			fcntl_arg(arg, call->args[i - 1], value);
			break;
		case ARG_FUTEX_TIMEOUT:
			plain_arg(arg, futex_counts(call->args[1]) ? ARG_UNSIGNED : ARG_POINTER, value);
			break;
		case ARG_FUTEX_VALUE:
			plain_arg(arg, futex_has_bitset(call->args[1]) ? ARG_FUTEX_BITSET : ARG_HEX32, value);
			break;
		default:
			plain_arg(arg, type, value);
		}
		count++;
	}
	return count;
}

bool result_failed(const struct call_event *call)
{
	return call->returned && call->result < 0 && call->result >= -4095;
}
