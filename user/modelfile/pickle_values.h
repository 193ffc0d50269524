/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that a pickle's operations make. */
#ifndef USER_MODELFILE_PICKLE_VALUES_H
#define USER_MODELFILE_PICKLE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pickle_type {
	PICKLE_OTHER,   /* a value that is not understood, or None */
	PICKLE_STRING,  /* text: bytes of the pickle */
	PICKLE_NUMBER,  /* number */
	PICKLE_GLOBAL,  /* text: "module\nname" as the operation has it, or the name alone */
	PICKLE_STORAGE, /* text: the entry's name; number: bytes of an element */
	PICKLE_TENSOR,  /* storage; offset and number (bytes) within it */
	PICKLE_LIST,    /* a list, tuple or set: children without keys */
	PICKLE_DICT,    /* a dictionary or an object with one: children with keys */
};

/* A value; values and children are referred to by index, 0 is none. */
struct pickle_value {
	uint8_t type;
	bool walked;          /* pickle.c: its children were visited */
	uint32_t at, len;     /* text: offset in the pickle, bytes */
	uint32_t first, last; /* children */
	uint32_t storage;     /* PICKLE_TENSOR: a PICKLE_STORAGE */
	uint64_t number, offset;
};

struct pickle_child {
	uint32_t key, value, next;
};

struct pickle_machine {
	const char *bytes;
	size_t size, at;
	bool failed;
	struct pickle_value *values;
	struct pickle_child *children;
	uint32_t *stack, *memo;
	uint32_t values_count, values_room, children_count, children_room;
	uint32_t stack_count, stack_room, memo_count, memo_room;
};

#endif
