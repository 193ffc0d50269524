/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a name to the index of the item that bears it. Open addressing; a slot is 8 bytes and keeps 32 bits of
 * the hash, so that a look-up touches one line of slots and the one item it is after. Items are the owner's
 * array, each beginning with its struct name; the table holds indexes only, so that the array may move.
 */
#ifndef BUNDLE_FORMAT_NAMES_H
#define BUNDLE_FORMAT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
	const char *bytes; /* closed by a zero byte */
	uint32_t len;
};

#define NAMES_NONE UINT32_MAX

struct names {
	struct name_slot *slots;
	uint32_t mask, used;
};

/* Index of the item called so, or NAMES_NONE. `items` is the owner's array, `stride` the size of an item. */
uint32_t names_find(
	const struct names *names, const void *items, size_t stride, const char *name, size_t len);

/* Enters item `index`, whose name is not in the table yet. false: out of memory, the table is as it was. */
bool names_enter(struct names *names, const void *items, size_t stride, uint32_t index);

void names_free(struct names *names);

/* Whether it may be a name or a description. */
bool utf8_valid(const char *bytes, size_t len);

#endif
