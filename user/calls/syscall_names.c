/* SPDX-License-Identifier: BSD-2-Clause */
#include "syscall_names.h"

#include <string.h>

#include "syscalls.h"

_Static_assert(SYSCALL_MAX <= NAME_SET_MAX, "every system call has room for its mark");

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A class with a % is strace's, one without it renacer's: they differ in `file`. */
static const struct name_class classes[] = {
	{ "file", CLASS_FILE, CLASS_BASICS },
	{ "desc", CLASS_DESC, CLASS_DESC },
	{ "network", CLASS_NETWORK, CLASS_NETWORK },
	{ "process", CLASS_PROCESS, CLASS_PROCESS },
	{ "memory", CLASS_MEMORY, CLASS_MEMORY },
	{ "signal", CLASS_SIGNAL, CLASS_SIGNAL },
	{ "ipc", CLASS_IPC, CLASS_IPC },
	{ "creds", CLASS_CREDS, CLASS_CREDS },
	{ "clock", CLASS_CLOCK, CLASS_CLOCK },
	{ "pure", CLASS_PURE, CLASS_PURE },
};

/* Names by which manual pages, the C library and renacer know a call. */
static const struct {
	const char *name, *call;
} synonyms[] = {
	{ "pread", "pread64" },
	{ "pwrite", "pwrite64" },
	{ "fstatat", "newfstatat" },
	{ "fadvise", "fadvise64" },
	{ "posix_fadvise", "fadvise64" },
	{ "prlimit", "prlimit64" },
	{ "sendfile64", "sendfile" },
	{ "umount", "umount2" },
	{ "send", "sendto" },
	{ "recv", "recvfrom" },
	{ "sbrk", "brk" },
	{ "_exit", "exit_group" },
	{ "waitpid", "wait4" },
};

static bool in_class(unsigned nr, unsigned class)
{
	return syscall_info(nr)->classes & class;
}

/* 8, or syscall_600 as numbers without a name are printed. -1: not of this form, or too large. */
static int number_of(struct item item)
{
	static const char prefix[] = "syscall_";
	if (item.len > sizeof(prefix) - 1 && memcmp(item.s, prefix, sizeof(prefix) - 1) == 0)
		item = (struct item){ item.s + sizeof(prefix) - 1, item.len - (sizeof(prefix) - 1) };
	int number = 0;
	for (size_t i = 0; i < item.len; i++) {
		if (item.s[i] < '0' || item.s[i] > '9')
			return -1;
		number = number * 10 + (item.s[i] - '0');
		if (number >= SYSCALL_MAX)
			return -1;
	}
	return item.len ? number : -1;
}

static int other_name(struct item item)
{
	for (size_t i = 0; i < COUNT(synonyms); i++)
		if (item_is(item, synonyms[i].name))
			return syscall_number(synonyms[i].call);
	return number_of(item);
}

const struct name_set syscall_names = {
	.one = "system call",
	.many = "system calls",
	.size = SYSCALL_MAX,
	.name = syscall_name,
	.other_name = other_name,
	.classes = classes,
	.class_count = COUNT(classes),
	.in_class = in_class,
};
