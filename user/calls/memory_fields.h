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
	FIELD_PERMISSIONS,
	FIELD_SIGNAL, /* its name; a larger number than there are signals as it is */
	FIELD_SYMBOL, /* a flag or constant of the field's type */
	FIELD_TIMESPEC,
	FIELD_TIMEVAL,
	FIELD_LIMIT,
	FIELD_SIGSET,
	FIELD_STRING, /* up to its zero byte */
	FIELD_REST,   /* the name alone: "..." */
	FIELD_OPEN,   /* a struct inside: its members follow, up to FIELD_CLOSE */
	FIELD_CLOSE,
};

struct field {
	const char *name; /* NULL ends a list */
	uint8_t at, size; /* bytes */
	uint8_t form;     /* enum field_form */
	uint16_t type;    /* FIELD_SYMBOL: enum arg_type */
};

/* A member of a C struct: its name, enum field_form without FIELD_, enum arg_type without ARG_. */
#define MEMBER(of, name, form, type)                                                                         \
	{                                                                                                    \
#name, offsetof(of, name), sizeof(((of *)0)->name), FIELD_##form, ARG_##type                 \
	}
/* The same by offset and size, where headers lack the struct. */
#define FIELD(name, at, size, form)                                                                          \
	{                                                                                                    \
		name, at, size, FIELD_##form, ARG_NONE                                                       \
	}
#define FLAGS(name, at, size, type)                                                                          \
	{                                                                                                    \
		name, at, size, FIELD_SYMBOL, ARG_##type                                                     \
	}
#define STRUCT_OPEN(name)                                                                                    \
	{                                                                                                    \
#name, 0, 0, FIELD_OPEN, ARG_NONE                                                            \
	}
#define STRUCT_CLOSE                                                                                         \
	{                                                                                                    \
		"", 0, 0, FIELD_CLOSE, ARG_NONE                                                              \
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

/* What follows the first `known` bytes of a struct that has `size` bytes: nothing where those are zero, else the bytes, or ???
 * where they could not be read. */
void struct_rest_text(struct text *out, struct span memory, uint64_t known, uint64_t size);

/* name=value, after a comma if it is not the struct's first. */
void field_text(struct text *out, struct span memory, const struct field *field, bool first);

/* [1, 2]: the memory's units, each as a member without a name of this form and type. */
void scalars_text(struct text *out, const struct span *memory, uint64_t address, const struct field *unit);

/* Prints each `unit` bytes as an element: [a, b]; [a, b, ...] if the memory was cut. `address`: where the memory is;
 * a comment has it of the element that could not be read, of fewer than ELEMENTS_MAX. 0: not known. */
void elements_text(struct text *out, struct span memory, uint64_t address, size_t unit,
	void (*one)(struct text *out, struct span element));
#define ELEMENTS_MAX 32

/* A comment with the local date and time of a second since 1970, and `digits` (0, 6, 9) of the part of a second:
 * 2017-04-16T16:05:06.123456789+0000. Nothing for the second 0. */
void date_text(struct text *out, int64_t second, uint64_t part, int digits);

/* {tv_sec=1, tv_nsec=500} and {tv_sec=1, tv_usec=500} */
void timespec_text(struct text *out, struct span memory);
void timeval_text(struct text *out, struct span memory);

#endif
