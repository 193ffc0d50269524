/* SPDX-License-Identifier: BSD-2-Clause */
#include "names.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "bundle/base/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct name_slot {
	uint32_t tag;   /* upper half of the hash */
	uint32_t index; /* of the item, plus 1; 0: empty slot */
};

static uint64_t name_hash(const char *name, size_t len)
{
	/* A random seed per process, so that no file can be made whose names all collide. */
	static _Atomic uint64_t seed;
	uint64_t s = atomic_load_explicit(&seed, memory_order_relaxed);
	if (!s) {
		const void *random = (const void *)getauxval(AT_RANDOM);
		if (random)
			memcpy(&s, random, sizeof(s));
		s |= 1;
		atomic_store_explicit(&seed, s, memory_order_relaxed);
	}
	return XXH3_64bits_withSeed(name, len, s);
}

static const struct name *item_name(const void *items, size_t stride, uint32_t index)
{
	return (const struct name *)((const char *)items + stride * index);
}

uint32_t names_find(const struct names *names, const void *items, size_t stride, const char *name, size_t len)
{
	if (names->used == 0)
		return NAMES_NONE;
	uint64_t hash = name_hash(name, len);
	for (uint32_t i = (uint32_t)hash & names->mask;; i = (i + 1) & names->mask) {
		struct name_slot slot = names->slots[i];
		if (slot.index == 0)
			return NAMES_NONE;
		if (slot.tag != (uint32_t)(hash >> 32))
			continue;
		const struct name *found = item_name(items, stride, slot.index - 1);
		if (found->len == len && memcmp(found->bytes, name, len) == 0)
			return slot.index - 1;
	}
}

static void place(struct name_slot *slots, uint32_t mask, const struct name *name, uint32_t index)
{
	uint64_t hash = name_hash(name->bytes, name->len);
	uint32_t i = (uint32_t)hash & mask;
	while (slots[i].index)
		i = (i + 1) & mask;
	slots[i] = (struct name_slot){ (uint32_t)(hash >> 32), index + 1 };
}

static bool grow(struct names *names, const void *items, size_t stride)
{
	uint32_t slots = names->slots ? (names->mask + 1) * 2 : 16;
	if (slots == 0)
		return false;
	struct name_slot *fresh = calloc(slots, sizeof(*fresh));
	if (!fresh)
		return false;
	for (uint32_t i = 0; names->slots && i <= names->mask; i++) {
		uint32_t index = names->slots[i].index;
		if (index)
			place(fresh, slots - 1, item_name(items, stride, index - 1), index - 1);
	}
	free(names->slots);
	names->slots = fresh;
	names->mask = slots - 1;
	return true;
}

bool names_enter(struct names *names, const void *items, size_t stride, uint32_t index)
{
	/* at most half full: a probe sequence stays within one or two cache lines */
	if ((!names->slots || names->used > names->mask / 2) && !grow(names, items, stride))
		return false;
	place(names->slots, names->mask, item_name(items, stride, index), index);
	names->used++;
	return true;
}

void names_free(struct names *names)
{
	free(names->slots);
	*names = (struct names){ 0 };
}

bool utf8_valid(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes, *end = s + len;
	while (s < end) {
		if (*s < 0x80) {
			s++;
			continue;
		}
		size_t n = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
		if (*s < 0xc2 || *s > 0xf4 || (size_t)(end - s) < n)
			return false;
		for (size_t i = 1; i < n; i++)
			if ((s[i] & 0xc0) != 0x80)
				return false;
		/* overlong forms, surrogates, and code points past U+10FFFF */
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
			(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return false;
		s += n;
	}
	return true;
}

int name_copy(struct name *to, const char *what, const char *bytes, size_t len)
{
	if (len > UINT32_MAX || !utf8_valid(bytes, len))
		return fail(PB_ERR_ARGUMENT, "%s must be UTF-8 of less than 4 GiB", what);
	char *copy = malloc(len + 1);
	if (!copy)
		return fail(PB_ERR_MEMORY, "%s of %zu bytes", what, len);
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	*to = (struct name){ copy, (uint32_t)len };
	return PB_OK;
}
