/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages, each compressed on its own by zstd. A page that does not shrink is stored uncompressed, which its
 * stored size shows: it equals the page's size. */
#ifndef BUNDLE_FORMAT_PACK_H
#define BUNDLE_FORMAT_PACK_H

#include <stddef.h>
#include <stdint.h>

/* The stored bytes of a page: the packer's or the page's own memory. Valid until the next packer_pack. */
struct packed {
	const void *data;
	size_t size;
};

/* NULL: out of memory. */
struct packer *packer_new(size_t page_bytes, int level);
void packer_free(struct packer *packer);
int packer_pack(struct packer *packer, const void *page, size_t size, struct packed *packed); /* MEMORY */

/* Reusable memory for reading compressed pages. One user at a time. */
struct unpacker {
	void *context;         /* zstd's */
	unsigned char *stored; /* UNPACKER_STORED bytes: room for stored pages */
	unsigned char *page;   /* room for a page of which only a part is wanted */
};
enum { UNPACKER_STORED = 1 << 20 }; /* at least PAGE_BYTES_MAX */

/* NULL: out of memory. */
struct unpacker *unpacker_new(size_t page_bytes);
void unpacker_free(struct unpacker *unpacker);
/* Decompresses one page. DAMAGED unless it has exactly `size` bytes. */
int unpacker_unpack(
	struct unpacker *unpacker, const void *stored, size_t stored_size, void *page, size_t size);

#endif
