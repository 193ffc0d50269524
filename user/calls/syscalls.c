/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscalls.h"

#include <string.h>

#include "abi32.h"

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
		if (nr == SYSCALL_OTHER)
			text_char(out, '+');
	}
}

void call_name_text(struct text *out, const struct call_event *call)
{
	if (call->nr != SYSCALL_OTHER) {
		syscall_name_text(out, call->nr);
		return;
	}
	bool other_table = call->number & NUMBER_ABI32;
	const char *name = other_table ? abi32_name((uint32_t)call->number) : NULL;
	if (name) {
		text_str(out, name);
		return;
	}
	text_str(out, other_table ? "syscall32_" : "syscall_");
	text_u64(out, (uint32_t)call->number);
}
