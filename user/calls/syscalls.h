/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of x86-64 by number: names, argument types, classes. The table is syscalls_table.h, which
 * scripts/gen-syscalls.sh makes from syscalls.tbl. Another architecture needs another such table, nothing else.
 */
#ifndef USER_CALLS_SYSCALLS_H
#define USER_CALLS_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "arg_types.h"
#include "bpf/events.h" /* SYSCALL_MAX */
#include "user/base/text.h"
#include "user/event/event.h"

enum syscall_class {
	CLASS_FILE = 1 << 0, /* takes a path */
	CLASS_DESC = 1 << 1, /* takes or returns a descriptor */
	CLASS_NETWORK = 1 << 2,
	CLASS_PROCESS = 1 << 3,
	CLASS_MEMORY = 1 << 4,
	CLASS_SIGNAL = 1 << 5,
	CLASS_IPC = 1 << 6,
	CLASS_CREDS = 1 << 7,
	CLASS_CLOCK = 1 << 8,
	CLASS_PURE = 1 << 9,    /* no arguments, cannot fail */
	CLASS_BASICS = 1 << 10, /* the short list that `file` without % selects */
};

enum result_type {
	RESULT_NUMBER,
	RESULT_ADDRESS,
	RESULT_FD,     /* another descriptor of a file that was already open */
	RESULT_NEW_FD, /* a descriptor of a newly opened or created file */
	RESULT_CHILD,  /* a pid: the call returns in the child too */
	RESULT_OCTAL,
	RESULT_NEVER, /* does not return */
};

struct syscall_info {
	const char *name; /* NULL: no such call */
	uint16_t classes; /* enum syscall_class */
	uint8_t result;   /* enum result_type */
	uint16_t args[6]; /* enum arg_type */
};

/* The entry of a number. Never NULL: an unknown number gets an entry without a name and with six arguments in
 * hex. */
const struct syscall_info *syscall_info(unsigned nr);

/* The name, or NULL if the number is unknown. */
const char *syscall_name(unsigned nr);

/* The number of a name, or -1. */
int syscall_number(const char *name);

/* The name as it prints: `lseek`, or `syscall_480` for an unknown number; `syscall_511+` for SYSCALL_OTHER, where
 * tables sum up the calls of all greater numbers. */
void syscall_name_text(struct text *out, unsigned nr);

/* The name of an event's call, which may have any number: `lseek`, `syscall_600`; `mmap2` of the 32-bit table. */
void call_name_text(struct text *out, const struct call_event *call);

#endif
