/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages compressed by zstd, each on its own. One that does not shrink is stored as it is: its stored size is
 * its own. */
#ifndef BUNDLE_FORMAT_PACK_H
#define BUNDLE_FORMAT_PACK_H

#include <stddef.h>
#include <stdint.h>

/* The stored bytes of a page, until the next one is packed. */
struct packed {
	const void *data;
	size_t size;
};

/* NULL: out of memory. */
struct packer *packer_new(size_t page_bytes, int level);
void packer_free(struct packer *packer);
/* ARGUMENT: zstd does not know the level. MEMORY. */
int packer_pack(struct packer *packer, const void *page, size_t size, struct packed *packed);

/* What reading needs besides the page: memory that is used again. One user at a time. */
struct unpacker {
	void *context;         /* zstd's */
	unsigned char *stored; /* room for stored bytes */
	unsigned char *page;   /* room for a page of which a part is wanted */
};
enum { UNPACKER_STORED = 1 << 20 }; /* not less than a page */

struct unpacker *unpacker_new(size_t page_bytes);
void unpacker_free(struct unpacker *unpacker);
/* Exactly `size` bytes: DAMAGED. */
int unpacker_unpack(
	struct unpacker *unpacker, const void *stored, size_t stored_size, void *page, size_t size);

#endif
