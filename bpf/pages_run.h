/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Runs of pages that are added to the page cache or deleted from it, each next to the one before: a record for a run, not
 * for a page. Those that a task adds are in its state; those that are deleted, by whatever task, are in that of the CPU.
 * And which pages the kernel has evicted, so that one that comes back is known as such.
 */
#ifndef BPF_PAGES_RUN_H
#define BPF_PAGES_RUN_H

#include "inode.h"
#include "spread.h"

extern const volatile bool see_pages; /* emit runs of pages ... */
extern const volatile bool
	pages_shown; /* ... that are shown one by one: no longer than what belongs to one moment */

/* A run that is shown ends at so many bytes, or after so long a time without a page. */
#define SHOWN_BYTES  (1 << 20)
#define SHOWN_GAP_NS 10000000

/* Evicted pages. Not allocated before they are needed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* user space sets more */
	__type(key, struct gone_key);
	__type(value, struct gone);
} gone_pages __weak SEC(".maps");

/* ---- runs ---- */

static __always_inline bool pages_same_age(const struct event_pages *pages, const struct pages_step *step)
{
	if (!pages->back_bytes || !step->back_bytes)
		return !pages->back_bytes && !step->back_bytes;
	return spread_power(pages->gone_ns >> GONE_SHIFT) == spread_power(step->gone_ns >> GONE_SHIFT);
}

/* Makes a run longer, at either end. False: it is of something else. */
static __always_inline bool pages_go_on(struct pages_run *run, u64 inode, u64 ino, u32 tid)
{
	struct event_pages *pages = &run->pages;
	const struct pages_step *step = &run->step;
	if (run->inode != inode || pages->id.ino != ino || pages->op != step->op || pages->head.tid != tid ||
		!pages_same_age(pages, step))
		return false;
	if (pages_shown && (pages->bytes >= SHOWN_BYTES || step->now - pages->last_ns > SHOWN_GAP_NS))
		return false;
	if (step->start + step->bytes == pages->start)
		pages->start = step->start;
	else if (step->start != pages->start + pages->bytes)
		return false;
	pages->bytes += step->bytes;
	pages->back_bytes += step->back_bytes;
	pages->last_ns = step->now;
	pages->folios++;
	return true;
}

/* Begins a run of the file with pages.id, which the caller has set. */
static __always_inline void pages_begin(struct pages_run *run, u64 inode, struct task_struct *task)
{
	struct event_pages *pages = &run->pages;
	const struct pages_step *step = &run->step;
	run->inode = inode;
	pages->head.pid = tgid_seen(task);
	pages->head.tid = tid_seen(task);
	pages->start = step->start;
	pages->bytes = step->bytes;
	pages->first_ns = pages->last_ns = step->now;
	pages->back_bytes = step->back_bytes;
	pages->gone_ns = step->gone_ns;
	pages->folios = 1;
	pages->op = step->op;
	pages->pad = 0;
}

/* ---- pages that the kernel evicts, and that come back ---- */

#define WORD_PAGES  64 /* in a word of struct gone */
#define WORDS_MAX   64 /* of a folio */
#define TIMES       (GONE_PAGES / 16)
#define WORD_OF(at) ((at) / WORD_PAGES % (GONE_PAGES / WORD_PAGES))

/* A folio whose pages are looked up, word by word. */
struct gone_walk {
	struct gone_key key;
	u64 index, pages; /* of the folio */
	u64 now, mask;
	u64 back, since; /* pages that had been evicted; when, in units of GONE_SHIFT */
	bool evicted;
};

/* The pages of a folio within one word: its size is a power of two, and it lies at a multiple of that. */
static __always_inline u64 word_mask(u64 index, u64 pages)
{
	return pages >= WORD_PAGES ? ~0ull : ((1ull << pages) - 1) << index % WORD_PAGES;
}

static __always_inline u64 ones(u64 word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	return ((word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f) * 0x0101010101010101 >> 56;
}

__u64 gone_forgotten __weak = 0; /* evicted pages for which there was no memory; read by user space */
static const struct gone nothing_gone;

static __always_inline struct gone *gone_piece(struct gone_walk *walk, u64 index)
{
	walk->key.piece = index / GONE_PAGES;
	struct gone *gone = bpf_map_lookup_elem(&gone_pages, &walk->key);
	if (gone || !walk->evicted)
		return gone;
	bpf_map_update_elem(&gone_pages, &walk->key, &nothing_gone, BPF_NOEXIST);
	gone = bpf_map_lookup_elem(&gone_pages, &walk->key);
	if (!gone)
		__sync_fetch_and_add(&gone_forgotten, ones(walk->mask));
	return gone;
}

static __always_inline void gone_stamp(struct gone *gone, const struct gone_walk *walk, u64 index)
{
	for (u32 i = 0; i < WORD_PAGES / 16; i++)
		if (i == 0 || i * 16 < walk->pages)
			gone->when[(index / 16 + i) % TIMES] = walk->now >> GONE_SHIFT;
	__sync_fetch_and_or(&gone->pages[WORD_OF(index)], walk->mask);
}

/* The folio is locked, so that the pages of one are not added and deleted at once; their words are shared. */
static long gone_step(u32 i, struct gone_walk *walk)
{
	u64 index = walk->index + (u64)i * WORD_PAGES;
	struct gone *gone = gone_piece(walk, index);
	if (!gone)
		return 0;
	if (walk->evicted) {
		gone_stamp(gone, walk, index);
		return 0;
	}
	u64 back = __sync_fetch_and_and(&gone->pages[WORD_OF(index)], ~walk->mask) & walk->mask;
	if (!back)
		return 0;
	walk->back += ones(back);
	walk->since = gone->when[index / 16 % TIMES];
	return 0;
}

/* Notes that the kernel evicts the folio at hand, or finds how much of one that is added it had, and forgets that. Not
 * inlined: what follows needs the stack. */
static __noinline int gone_note(struct inode *inode, struct pages_step *step)
{
	struct gone_walk walk = {
		.key = { .ino = BPF_CORE_READ(inode, i_ino), .dev = BPF_CORE_READ(inode, i_sb, s_dev) },
		.index = step->start >> PAGE_SHIFT,
		.pages = step->bytes >> PAGE_SHIFT,
		.now = step->now,
		.evicted = step->op == PAGES_EVICTED,
	};
	walk.mask = word_mask(walk.index, walk.pages);
	bpf_loop(walk.pages > WORD_PAGES ? walk.pages / WORD_PAGES : 1, gone_step, &walk, 0);
	bool again = walk.back && step->op < PAGES_WRITTEN;
	step->back_bytes = again ? walk.back << PAGE_SHIFT : 0;
	step->gone_ns = again ? step->now - (walk.since << GONE_SHIFT) : 0;
	return RETURN_ZERO;
}

#endif
