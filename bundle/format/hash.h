/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH3, 64 bits, seed 0: the checksums of the format. */
#ifndef BUNDLE_FORMAT_HASH_H
#define BUNDLE_FORMAT_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_of(const void *data, size_t size);

/* The same in portions: hash_add any number of times, then hash_end; hash_begin starts anew. A new hash has
 * begun. hash_new returns NULL when out of memory. */
struct hash *hash_new(void);
void hash_free(struct hash *hash);
void hash_begin(struct hash *hash);
void hash_add(struct hash *hash, const void *data, size_t size);
uint64_t hash_end(const struct hash *hash);

#endif
