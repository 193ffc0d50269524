/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structs and arrays in copied memory as text: {name=value, name=value} and [a, b, ...]. A struct is described
 * by a list of its members. Each function appends to `out`; members beyond the memory's end print as zero.
 */
#ifndef USER_CALLS_MEMORY_FIELDS_H
#define USER_CALLS_MEMORY_FIELDS_H

#include <stddef.h>

#include "arg_types.h"
#include "user/base/text.h"
#include "user/event/event.h"

enum field_form {
	FIELD_SIGNED,
	FIELD_UNSIGNED,
	FIELD_HEX,
	FIELD_POINTER,
	FIELD_MODE,
	FIELD_SYMBOL, /* a flag or constant of the field's type */
	FIELD_TIMESPEC,
	FIELD_TIMEVAL,
	FIELD_LIMIT,
	FIELD_SIGSET,
	FIELD_STRING, /* up to its zero byte */
	FIELD_REST,   /* the name alone: "..." */
};

struct field {
	const char *name; /* NULL ends a list */
	uint8_t at, size; /* bytes */
	uint8_t form;     /* enum field_form */
	uint8_t type;     /* FIELD_SYMBOL: enum arg_type */
};

/* A member of a C struct: its name, enum field_form without FIELD_, enum arg_type without ARG_. */
#define MEMBER(of, name, form, type)                                                                         \
	{                                                                                                    \
#name, offsetof(of, name), sizeof(((of *)0)->name), FIELD_##form, ARG_##type                 \
	}
#define MEMBERS_LEFT_OUT                                                                                     \
	{                                                                                                    \
		"...", 0, 0, FIELD_REST, ARG_NONE                                                            \
	}
#define MEMBERS_END                                                                                          \
	{                                                                                                    \
		NULL, 0, 0, 0, ARG_NONE                                                                      \
	}

/* {name=value, name=value} */
void fields_text(struct text *out, struct span memory, const struct field *fields);

/* The same without the closing brace, for a struct that has more than a fixed list: add the rest and a '}'. */
void fields_open_text(struct text *out, struct span memory, const struct field *fields);

/* name=value, after a comma if it is not the struct's first. */
void field_text(struct text *out, struct span memory, const struct field *field, bool first);

/* Prints each `unit` bytes as an element: [a, b]; [a, b, ...] if the memory was cut. */
void elements_text(struct text *out, struct span memory, size_t unit,
	void (*one)(struct text *out, struct span element));

/* {tv_sec=1, tv_nsec=500} and {tv_sec=1, tv_usec=500} */
void timespec_text(struct text *out, struct span memory);
void timeval_text(struct text *out, struct span memory);

#endif
