/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static const struct command table[] = {
#include "commands_table.h"
};

int command_arg(unsigned nr)
{
	switch (nr) {
	case SYS_arch_prctl:
	case SYS_bpf:
	case SYS_keyctl:
	case SYS_prctl:
	case SYS_ptrace:
	case SYS_quotactl:
	case SYS_seccomp:
	case SYS_syslog:
		return 0;
	case SYS_io_uring_register:
	case SYS_ioctl:
	case SYS_fsconfig:
	case SYS_landlock_add_rule:
	case SYS_msgctl:
	case SYS_shmctl:
		return 1;
	case SYS_semctl:
	case SYS_kcmp:
	case SYS_reboot:
		return 2;
	default:
		return -1;
	}
}

const struct command *commands_all(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

static int by_key(const void *a, const void *b)
{
	const struct command *one = a, *other = b;
	uint64_t key = COMMAND_KEY(one->nr, one->number), than = COMMAND_KEY(other->nr, other->number);
	return (key > than) - (key < than);
}

struct syscall_info command_types(const struct command *command)
{
	struct syscall_info info = *syscall_info(command->nr);
	unsigned first = (unsigned)command_arg(command->nr) + 1;
	memcpy(&info.args[first], command->args, (6 - first) * sizeof(info.args[0]));
	return info;
}

const struct syscall_info *command_info(unsigned nr, const uint64_t args[6], struct syscall_info *own)
{
	int arg = command_arg(nr);
	if (arg < 0)
		return syscall_info(nr);
	const struct command key = { .nr = (uint16_t)nr, .number = (uint32_t)args[arg] };
	const struct command *found =
		bsearch(&key, table, sizeof(table) / sizeof(table[0]), sizeof(table[0]), by_key);
	if (!found)
		return syscall_info(nr);
	*own = command_types(found);
	return own;
}
