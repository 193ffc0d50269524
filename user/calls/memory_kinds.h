/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kinds of memory that arguments point to, by argument type: what of it the kernel side copies with the
 * call, and how that prints.
 */
#ifndef USER_CALLS_MEMORY_KINDS_H
#define USER_CALLS_MEMORY_KINDS_H

#include "arg.h"
#include "memory_fields.h"
#include "user/base/text.h"
#include "user/event/event.h"

/* As the functions of memory_printers.h. */
typedef void (*memory_print)(struct text *out, const struct arg *arg, const struct call_event *call);

struct memory_kind {
	struct call_copy copies[CALL_BLOCKS]; /* the first is what the argument points to, the others are
	                                       * what that memory points to; limit 0 ends the list */
	uint8_t least;                        /* bytes of a struct that may grow: fewer are none */
	int8_t whether, counter;              /* arguments that copies[0] depends on, relative to this one */
	memory_print print;
	const struct field *fields; /* without `print`: a struct of these members */
	struct field unit;          /* without both: a list of such values. Without that (size 0) a string, or
	                             * memory that prints elsewhere (poll's time left) */
};

#define ADDRESS_MAX 128 /* bytes, at most, that are copied of a socket's address */

#define CONTROL_MAX 256 /* the same of a message's control data */

/* Where the size of the buffer for the name, plus 1, or 0 if not known, is in a copied struct msghdr: behind its member
 * msg_namelen nothing is. */
#define MSGHDR_ROOM 12

/* The kind of an argument type; NULL: no memory is copied for it. */
const struct memory_kind *memory_kind(enum arg_type type);

/* True for memory that is a string. */
bool memory_is_string(enum arg_type type);

/* Appends the memory of an argument that is no string (arg->form is ARG_FORM_MEMORY). */
void memory_text(struct text *out, const struct arg *arg, const struct call_event *call);

/* The number of copies of a kind: as many spans of call->block[] belong to the argument. 0 for NULL. */
unsigned memory_copy_count(const struct memory_kind *kind);

/* True if the call wrote to memory of this kind, as far as its result says. `kind` may be NULL. */
bool memory_is_filled(const struct memory_kind *kind, const struct call_event *call);

#endif
