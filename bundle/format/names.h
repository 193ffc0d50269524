/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table from names to indexes of items. Open addressing; a slot is 8 bytes and keeps 32 bits of the
 * hash, so that a look-up touches one cache line of slots and the one item that matches. Items are an array of
 * the owner's, each beginning with its struct name; the table holds only indexes, so the array may move.
 */
#ifndef BUNDLE_FORMAT_NAMES_H
#define BUNDLE_FORMAT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
	const char *bytes; /* ends with a zero byte that len does not count */
	uint32_t len;
};

#define NAMES_NONE UINT32_MAX

struct names {
	struct name_slot *slots;
	uint32_t mask, used;
};

/* Index of the item of that name, or NAMES_NONE. `items` is the owner's array, `stride` the size of an item. */
uint32_t names_find(
	const struct names *names, const void *items, size_t stride, const char *name, size_t len);

/* Adds item `index`, whose name is not in the table. false: out of memory, the table is unchanged. */
bool names_enter(struct names *names, const void *items, size_t stride, uint32_t index);

void names_free(struct names *names);

/* Whether the bytes are UTF-8, as names and descriptions must be. */
bool utf8_valid(const char *bytes, size_t len);

/* A copy of a text, which the caller frees (to->bytes). `what` names it in error messages. ARGUMENT (not UTF-8,
 * 4 GiB or more), MEMORY. */
int name_copy(struct name *to, const char *what, const char *bytes, size_t len);

#endif
