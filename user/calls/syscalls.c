/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscalls.h"

#include <string.h>

#include "memory.h"

static const struct syscall_info table[SYSCALL_MAX] = {
#include "syscalls_table.h"
};

static const struct syscall_info unknown = {
	.args = { ARG_HEX, ARG_HEX, ARG_HEX, ARG_HEX, ARG_HEX, ARG_HEX },
};

const struct syscall_info *syscall_info(unsigned nr)
{
	return nr < SYSCALL_MAX && table[nr].name ? &table[nr] : &unknown;
}

const char *syscall_name(unsigned nr)
{
	return syscall_info(nr)->name;
}

int syscall_number(const char *name)
{
	for (int nr = 0; nr < SYSCALL_MAX; nr++)
		if (table[nr].name && strcmp(table[nr].name, name) == 0)
			return nr;
	return -1;
}

void syscall_name_text(struct text *out, unsigned nr)
{
	const char *name = syscall_name(nr);
	if (name) {
		text_str(out, name);
	} else {
		text_str(out, "syscall_");
		text_u64(out, nr);
	}
}

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

struct call_spec syscall_spec(unsigned nr)
{
	const struct syscall_info *info = syscall_info(nr);
	struct call_spec spec = { .flags = result_flags(info->result),
		.fd_arg = -1,
		.fd_arg2 = -1,
		.path_arg = -1,
		.path_arg2 = -1 };
	for (int i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		if (info->args[i] == ARG_FD || info->args[i] == ARG_DIRFD)
			first_or_second(&spec.fd_arg, &spec.fd_arg2, i);
		if (info->args[i] == ARG_PATH || info->args[i] == ARG_STRING)
			first_or_second(&spec.path_arg, &spec.path_arg2, i);
		if (block_kind(info->args[i]))
			spec.flags |= CALL_COPIES;
		if (info->args[i] == ARG_OUT_PAIR)
			spec.flags |= CALL_FILLS_PAIR;
	}
	return spec;
}

struct call_copies syscall_copies(unsigned nr)
{
	const struct syscall_info *info = syscall_info(nr);
	struct call_copies copies = { 0 };
	unsigned count = 0;
	for (unsigned i = 0; i < 6 && info->args[i] != ARG_NONE; i++) {
		const struct block_kind *kind = block_kind(info->args[i]);
		for (unsigned j = 0; j < block_count(kind) && count < CALL_BLOCKS; j++) {
			struct call_copy *copy = &copies.block[count++];
			*copy = kind->copies[j];
			copy->arg = (uint8_t)i;
			copy->whether = (uint8_t)(i + kind->whether);
			if (!(copy->flags & COPY_INSIDE))
				copy->counter = (uint8_t)(i + kind->counter);
		}
	}
	return copies;
}
