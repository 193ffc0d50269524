/* SPDX-License-Identifier: BSD-2-Clause */
#include "call_spec.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "commands.h"
#include "memory_kinds.h"
#include "syscalls.h"

static uint8_t result_flags(enum result_type result)
{
	switch (result) {
	case RESULT_FD:
		return CALL_RETURNS_FD;
	case RESULT_NEW_FD:
		return CALL_RETURNS_FD | CALL_OPENS;
	case RESULT_CHILD:
		return CALL_FORKS;
	default:
		return 0;
	}
}

static void first_or_second(int8_t *first, int8_t *second, int index)
{
	if (*first < 0)
		*first = (int8_t)index;
	else if (*second < 0)
		*second = (int8_t)index;
}

/* What a call with a descriptor, or that returns a new one, does to its file. */
static uint8_t io_of(unsigned nr, const struct call_spec *spec)
{
	switch (nr) {
	case SYS_read:
	case SYS_readv:
		return CALL_IO_READ;
	case SYS_write:
	case SYS_writev:
		return CALL_IO_WRITE;
	case SYS_pread64:
	case SYS_preadv:
	case SYS_preadv2:
		return CALL_IO_READ_AT;
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		return CALL_IO_WRITE_AT;
	case SYS_mmap:
		return CALL_IO_MAP;
	case SYS_sendfile:
	case SYS_splice:
	case SYS_copy_file_range:
		return CALL_IO_COPY;
	}
	if (spec->flags & CALL_OPENS)
		return CALL_IO_OPEN;
	return spec->fd_arg >= 0 ? CALL_IO_OTHER : CALL_IO_NONE;
}

/* The kernel takes an int argument's 32 low bits, whatever the rest of the register holds. */
static uint8_t count_of(uint8_t count, const struct syscall_info *info, unsigned counter)
{
	if (count != COUNT_ARG || counter >= 6)
		return count;
	if (info->args[counter] == ARG_SIGNED)
		return COUNT_INT;
	return info->args[counter] == ARG_UNSIGNED ? COUNT_UINT : COUNT_ARG;
}

static struct call_copies copies_of(const struct syscall_info *info)
{
	struct call_copies copies = { 0 };
	unsigned count = 0;
	for (unsigned i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		const struct memory_kind *kind = memory_kind(info->args[i]);
		for (unsigned j = 0; j < memory_copy_count(kind) && count < CALL_BLOCKS; j++) {
			struct call_copy *copy = &copies.block[count++];
			*copy = kind->copies[j];
			copy->arg = (uint8_t)i;
			copy->whether = (uint8_t)(i + kind->whether);
			if (!(copy->flags & COPY_INSIDE)) {
				copy->counter = (uint8_t)(i + kind->counter);
				copy->count = count_of(copy->count, info, copy->counter);
			}
		}
	}
	return copies;
}

struct call_copies syscall_copies(unsigned nr)
{
	return copies_of(syscall_info(nr));
}

struct call_copies command_copies(const struct command *command)
{
	struct syscall_info info = command_types(command);
	return copies_of(&info);
}

static bool command_copies_memory(unsigned nr)
{
	size_t count;
	const struct command *all = commands_all(&count);
	for (size_t i = 0; i < count; i++)
		if (all[i].nr == nr && command_copies(&all[i]).block[0].limit)
			return true;
	return false;
}

struct call_spec syscall_spec(unsigned nr)
{
	const struct syscall_info *info = syscall_info(nr);
	struct call_spec spec = { .flags = result_flags(info->result),
		.fd_arg = -1,
		.fd_arg2 = -1,
		.path_arg = -1,
		.path_arg2 = -1,
		.command_arg = (int8_t)command_arg(nr) };
	if (nr == SYS_close || nr == SYS_dup2 || nr == SYS_dup3 || nr == SYS_close_range)
		spec.flags |= CALL_CLOSES;
	for (int i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		if (info->args[i] == ARG_FD || info->args[i] == ARG_DIRFD)
			first_or_second(&spec.fd_arg, &spec.fd_arg2, i);
		if (info->args[i] == ARG_PATH)
			first_or_second(&spec.path_arg, &spec.path_arg2, i);
		if (memory_kind(info->args[i]))
			spec.flags |= CALL_COPIES;
		if (info->args[i] == ARG_OUT_PAIR)
			spec.flags |= CALL_FILLS_PAIR;
		if (info->args[i] == ARG_LEFT_TIMESPEC || info->args[i] == ARG_LEFT_TIMEVAL) {
			spec.flags |= CALL_LENGTH | CALL_TIMEOUT;
			spec.length_arg = (uint8_t)i;
		}
		if (info->args[i] == ARG_LENGTH || info->args[i] == ARG_OUT_MSGHDR) {
			spec.flags |= CALL_LENGTH;
			spec.length_arg = (uint8_t)i;
			spec.length_at =
				info->args[i] == ARG_LENGTH ? 0 : offsetof(struct msghdr, msg_namelen);
		}
	}
	if (spec.command_arg >= 0 && command_copies_memory(nr))
		spec.flags |= CALL_COPIES;
	spec.io = io_of(nr, &spec);
	return spec;
}
