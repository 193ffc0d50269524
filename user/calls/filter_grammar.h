/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of names, as an option takes it, marks members of a set of names:
 *
 *   ITEM,...   ITEM: a name, /regex/, all, none, and what else the set knows: a class (file, %file), a synonym
 *
 * `!ITEM` takes away what other items give, in any order. A list that starts with `!` is everything but its
 * items, with or without a `!` of their own. `?NAME` is a name that need not exist.
 */
#ifndef USER_CALLS_FILTER_GRAMMAR_H
#define USER_CALLS_FILTER_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#include "user/base/text.h"

/* Part of the option's text. */
struct item {
	const char *s;
	size_t len;
};

/* True if the item is that word. */
bool item_is(struct item item, const char *word);

/* Appends the item in double quotes, escaped, and cut so that a message stays one line. */
void item_quote(struct text *error, struct item item);

/* The most members that a set may have. */
#define NAME_SET_MAX 512

/* A name for several members of a set. %NAME and NAME may stand for different members. */
struct name_class {
	const char *name;
	unsigned with_percent, plain; /* for in_class() */
};

struct name_set {
	const char *one, *many; /* for messages: "system call", "system calls" */
	int size;
	const char *(*name)(unsigned member); /* NULL: a member without a name */
	int (*other_name)(
		struct item item); /* a member by a name that messages do not suggest, or -1; NULL: none */
	const struct name_class *classes; /* NULL: there are none */
	size_t class_count;
	bool (*in_class)(unsigned member, unsigned class);
};

/* Sets wanted[member] of every member of the set. False if something is wrong with the list: `error` then says
 * what, printable and without a newline, and `wanted` is not to be used. */
bool filter_list_parse(const struct name_set *set, const char *list, bool *wanted, struct text *error);

#endif
