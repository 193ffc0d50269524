/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which pages of a file were in the page cache at the last look at each of its slices, and which had been there and gone: two
 * bits a page. A look at a slice counts what has changed for the parts of the file. Pure arithmetic.
 */
#ifndef USER_BUNDLETOP_PAGE_LOOKS_H
#define USER_BUNDLETOP_PAGE_LOOKS_H

#include "part_list.h"

enum { SLICE_PAGES = 1024 }; /* a multiple of 64 */

struct page_looks {
	uint64_t pages, slices;
	uint64_t *present, *gone; /* a bit for each page; those of whole slices */
	uint8_t *state;           /* of each slice */
};

/* The memory that a file of so many pages takes. */
size_t page_looks_bytes(uint64_t pages);

/* False: out of memory. */
bool page_looks_init(struct page_looks *looks, uint64_t pages);
void page_looks_free(struct page_looks *looks);

/* How many pages a slice has: the last one may have fewer. */
unsigned page_looks_in(const struct page_looks *looks, uint64_t slice);

/* How many of them were present at its last look; -1: there was none. */
int page_looks_count(const struct page_looks *looks, uint64_t slice);

/* A look at a slice: bit 0 of a byte for each page, as mincore() has them. The first look at a slice changes nothing: what was
 * there before did not come. */
void page_looks_take(
	struct page_looks *looks, struct part_list *list, uint64_t slice, const unsigned char *pages);

/* Slices have not been looked at in the new interval. */
void page_looks_end_interval(struct page_looks *looks);

/* What part of the pages from `from` to `to` are present: 0 to 1; negative: not all have been looked at, or there are none. */
double page_looks_share(const struct page_looks *looks, uint64_t from, uint64_t to);

#endif
