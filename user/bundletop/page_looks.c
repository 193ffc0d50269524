/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_looks.h"

#include <stdlib.h>
#include <string.h>

#include "present_pages.h"

enum { WORD = 64, SLICE_WORDS = SLICE_PAGES / WORD };

/* States of a slice. */
enum { SLICE_SEEN = 1, SLICE_LOOKED = 2 }; /* ever; in this interval */

static uint64_t slices_of(uint64_t pages)
{
	return pages / SLICE_PAGES + (pages % SLICE_PAGES != 0);
}

size_t page_looks_bytes(uint64_t pages)
{
	return slices_of(pages) * (2 * SLICE_WORDS * sizeof(uint64_t) + 1);
}

bool page_looks_init(struct page_looks *looks, uint64_t pages)
{
	uint64_t slices = slices_of(pages);
	*looks = (struct page_looks){ .pages = pages, .slices = slices };
	looks->present = calloc(slices * SLICE_WORDS + 1, sizeof(*looks->present));
	looks->gone = calloc(slices * SLICE_WORDS + 1, sizeof(*looks->gone));
	looks->state = calloc(slices + 1, 1);
	if (looks->present && looks->gone && looks->state)
		return true;
	page_looks_free(looks);
	return false;
}

void page_looks_free(struct page_looks *looks)
{
	free(looks->present);
	free(looks->gone);
	free(looks->state);
	*looks = (struct page_looks){ 0 };
}

unsigned page_looks_in(const struct page_looks *looks, uint64_t slice)
{
	uint64_t left = looks->pages - slice * SLICE_PAGES;
	return left < SLICE_PAGES ? (unsigned)left : SLICE_PAGES;
}

int page_looks_count(const struct page_looks *looks, uint64_t slice)
{
	int count = 0;
	if (!(looks->state[slice] & SLICE_SEEN))
		return -1;
	for (unsigned i = 0; i < SLICE_WORDS; i++)
		count += __builtin_popcountll(looks->present[slice * SLICE_WORDS + i]);
	return count;
}

/* Counts a change of the pages whose bits are set in a word. */
static void change_pages(struct part_list *list, uint64_t first, uint64_t bits, enum part_change change)
{
	while (bits) {
		unsigned from = (unsigned)__builtin_ctzll(bits);
		uint64_t ended = ~(bits >> from);
		unsigned run = ended ? (unsigned)__builtin_ctzll(ended) : WORD;
		if (run > WORD - from)
			run = WORD - from;
		uint64_t start = (first + from) * PAGE_BYTES;
		part_list_add(list, start, start + (uint64_t)run * PAGE_BYTES, change);
		bits &= run + from == WORD ? 0 : ~(uint64_t)0 << (run + from);
	}
}

static uint64_t bits_of(const unsigned char *pages, unsigned count)
{
	uint64_t bits = 0;
	for (unsigned i = 0; i < count; i++)
		bits |= (uint64_t)(pages[i] & 1) << i;
	return bits;
}

static void take_word(
	struct page_looks *looks, struct part_list *list, uint64_t word, uint64_t now, bool first)
{
	uint64_t came = now & ~looks->present[word], went = looks->present[word] & ~now;
	uint64_t page = word * WORD;
	looks->present[word] = now;
	if (first) {
		change_pages(list, page, now, PART_FOUND);
		return;
	}
	change_pages(list, page, came & looks->gone[word], PART_BACK);
	change_pages(list, page, came & ~looks->gone[word], PART_CAME);
	change_pages(list, page, went, PART_WENT);
	looks->gone[word] |= went;
}

void page_looks_take(
	struct page_looks *looks, struct part_list *list, uint64_t slice, const unsigned char *pages)
{
	unsigned count = page_looks_in(looks, slice);
	bool first = !(looks->state[slice] & SLICE_SEEN);
	uint64_t start = slice * SLICE_PAGES * PAGE_BYTES, end = start + (uint64_t)count * PAGE_BYTES;
	for (unsigned i = 0; i < count; i += WORD)
		take_word(looks, list, slice * SLICE_WORDS + i / WORD,
			bits_of(pages + i, count - i < WORD ? count - i : WORD), first);
	if (first)
		part_list_add(list, start, end, PART_SEEN);
	if (!(looks->state[slice] & SLICE_LOOKED))
		part_list_add(list, start, end, PART_LOOKED);
	looks->state[slice] = SLICE_SEEN | SLICE_LOOKED;
}

void page_looks_end_interval(struct page_looks *looks)
{
	for (uint64_t i = 0; i < looks->slices; i++)
		looks->state[i] &= (uint8_t)~SLICE_LOOKED;
}

double page_looks_share(const struct page_looks *looks, uint64_t from, uint64_t to)
{
	uint64_t there = 0;
	if (to > looks->pages)
		to = looks->pages;
	if (from >= to)
		return -1;
	for (uint64_t at = from, next; at < to; at = next) {
		unsigned skip = (unsigned)(at % WORD);
		next = at - skip + WORD < to ? at - skip + WORD : to;
		if (!(looks->state[at / SLICE_PAGES] & SLICE_SEEN))
			return -1;
		uint64_t bits = looks->present[at / WORD] >> skip;
		uint64_t count = next - at;
		there += (uint64_t)__builtin_popcountll(count < WORD ? bits & ((1ull << count) - 1) : bits);
	}
	return (double)there / (double)(to - from);
}
