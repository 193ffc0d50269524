/* SPDX-License-Identifier: BSD-2-Clause */
#include "hash.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct hash {
	XXH3_state_t state;
};

uint64_t hash_of(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

struct hash *hash_new(void)
{
	struct hash *hash = aligned_alloc(_Alignof(struct hash), sizeof(*hash));
	if (hash)
		hash_begin(hash);
	return hash;
}

void hash_free(struct hash *hash)
{
	free(hash);
}

void hash_begin(struct hash *hash)
{
	XXH3_64bits_reset(&hash->state);
}

void hash_add(struct hash *hash, const void *data, size_t size)
{
	if (size)
		XXH3_64bits_update(&hash->state, data, size);
}

uint64_t hash_end(const struct hash *hash)
{
	return XXH3_64bits_digest(&hash->state);
}
