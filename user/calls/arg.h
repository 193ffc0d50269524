/* SPDX-License-Identifier: BSD-2-Clause */
/* One argument of a system call, decoded once for text and JSON. */
#ifndef USER_CALLS_ARG_H
#define USER_CALLS_ARG_H

#include "arg_types.h"
#include "user/event/event.h"

enum arg_form {
	ARG_FORM_SIGNED,
	ARG_FORM_UNSIGNED,
	ARG_FORM_HEX_NUMBER, /* a number that text shows in base 16: mmap's offset */
	ARG_FORM_OCTAL,
	ARG_FORM_HEX,         /* a word whose meaning is unknown */
	ARG_FORM_SYMBOL,      /* flags or a constant: flags_text(out, type, value) */
	ARG_FORM_STRING,      /* text: the bytes */
	ARG_FORM_STRINGS,     /* text: an argument vector, each string closed by a zero byte */
	ARG_FORM_FD,          /* value: the number; text: its path, data NULL if unknown */
	ARG_FORM_VARIABLES,   /* value: the number of variables in an environment */
	ARG_FORM_ENVIRONMENT, /* value: its address; memory: the number of variables */
	ARG_FORM_POINTER,
	ARG_FORM_BUFFER,
	ARG_FORM_FILE_MODE,    /* S_IFIFO|0600 */
	ARG_FORM_DEVICE,       /* makedev(0x1, 0x3) */
	ARG_FORM_FUTEX_CHANGE, /* FUTEX_OP_ADD<<28|0x1<<12|FUTEX_OP_CMP_GT<<24|0 */
	ARG_FORM_IOPRIO,       /* IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4) */
	ARG_FORM_MEMORY,       /* the memory it points to: memory_kind(type)->print() */
};

struct arg {
	enum arg_form form;
	enum arg_type type;        /* of SYMBOL, FD and MEMORY */
	uint64_t value;            /* sign-extended where it is signed */
	struct span text;          /* belongs to the event */
	bool deleted;              /* FD: the file has been removed */
	const char *label;         /* text has it before the value: "child_stack="; or NULL */
	const struct span *memory; /* MEMORY: the copies, as many as its kind has; belongs to the event */
};

#endif
