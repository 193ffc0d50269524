/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system call's arguments and result, decoded once for text and JSON.
 */
#ifndef USER_CALLS_ARGS_H
#define USER_CALLS_ARGS_H

#include "user/event/event.h"
#include "syscalls.h"
#include "user/base/text.h"

enum arg_form {
	ARG_FORM_SIGNED,
	ARG_FORM_UNSIGNED,
	ARG_FORM_HEX_NUMBER, /* a number that text shows in base 16: mmap's offset */
	ARG_FORM_OCTAL,
	ARG_FORM_HEX,       /* a word of which little is known */
	ARG_FORM_SYMBOL,    /* flags or a constant: flags_text(out, type, value) */
	ARG_FORM_STRING,    /* text: the bytes */
	ARG_FORM_STRINGS,   /* text: an argument vector, each string closed by a zero byte */
	ARG_FORM_FD,        /* value: the number; text: its path, data NULL if unknown */
	ARG_FORM_VARIABLES, /* value: how many an environment has */
	ARG_FORM_POINTER,
	ARG_FORM_BUFFER,
	ARG_FORM_FILE_MODE, /* S_IFIFO|0600 */
	ARG_FORM_DEVICE,    /* makedev(0x1, 0x3) */
	ARG_FORM_BLOCK,     /* what it points to: block_kind(type)->print() */
};

struct arg {
	enum arg_form form;
	enum arg_type type;        /* SYMBOL: what flags_text() needs; BLOCK */
	uint64_t value;            /* sign-extended where it is signed */
	struct span text;          /* belongs to the event */
	const char *label;         /* text has it before the value: "child_stack="; or NULL */
	const struct span *blocks; /* BLOCK: those of its kind */
};

/* Decodes into out; returns how many. Arguments that the call does not look at (openat's mode without
 * O_CREAT) are left out. */
int args_decode(const struct call_event *call, struct arg out[6]);

/* As strace -y prints them, without the brackets: 3</tmp/demo.apbundle>, 124, SEEK_SET */
void args_text(struct text *out, const struct call_event *call);

/* A JSON array: numbers and descriptors as numbers; flags, paths, pointers, buffers, and all that is behind a
 * pointer as strings. */
void args_json(struct text *out, const struct call_event *call);

/* Parts of arguments and results. */
void quoted_text(struct text *out, struct span s);            /* "a\n", "a"... if it was cut */
void fd_text(struct text *out, int64_t fd, struct span path); /* 3</tmp/demo.apbundle> */
void permissions_text(struct text *out, uint64_t mode);       /* 0644, 000 */
void device_text(struct text *out, uint64_t device);          /* makedev(0x1, 0x3) */

/* What follows the `= `: 3</tmp/x>, 0x7f..., -1 ENOENT (No such file or directory), or ? */
void result_text(struct text *out, const struct call_event *call);

/* True if the result is one of the kernel's error numbers (-4095 to -1). */
bool result_failed(const struct call_event *call);

#endif
