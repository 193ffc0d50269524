/* SPDX-License-Identifier: BSD-2-Clause */
#include "abi32.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bpf/events.h" /* SYSCALL_MAX */

static const struct {
	const char *name; /* NULL: no such call */
	uint16_t nr;
} table[SYSCALL_MAX] = {
#include "abi32_table.h"
};

/* Calls of the same name whose arguments are others: 64-bit numbers in two registers, signed ones of 32 bits, ids of
 * 16 bits, or another order. */
static const char *const differ[] = { "chown", "clone", "fadvise64", "fallocate", "fanotify_mark", "fchown",
	"ftruncate", "getgroups", "ipc", "lchown", "lseek", "mmap", "pread64", "preadv", "preadv2",
	"pwrite64", "pwritev", "pwritev2", "readahead", "select", "setfsgid", "setfsuid", "setgid",
	"setgroups", "setregid", "setresgid", "setresuid", "setreuid", "setuid", "sync_file_range",
	"truncate" };

unsigned abi32_call(unsigned nr)
{
	if (nr >= SYSCALL_MAX || !table[nr].name)
		return SYSCALL_OTHER;
	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		if (strcmp(table[nr].name, differ[i]) == 0)
			return SYSCALL_OTHER;
	return table[nr].nr;
}

const char *abi32_name(unsigned nr)
{
	return nr < SYSCALL_MAX ? table[nr].name : NULL;
}
