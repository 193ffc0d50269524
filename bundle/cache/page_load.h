/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of pages, in batches of neighbours. */
#ifndef BUNDLE_CACHE_PAGE_LOAD_H
#define BUNDLE_CACHE_PAGE_LOAD_H

#include "handle.h"

enum { BATCH = 32, AHEAD_FIRST = 4, AHEAD_MOST = 32 };

/* Of a piece, which is one page of a batch. MISSED: counted as a miss, and neither held nor claimed yet.
 * PASSED_BY: not in the cache; the caller reads it from the file. */
enum piece_state { UNSEEN = 0, MISSED, HELD, CLAIMED, PASSED_BY };

/* The caller sets what comes before `unclaimed`, and all else to zero. */
struct batch {
	struct pb_paged *p;
	uint32_t model;
	uint64_t page;          /* of the first piece */
	unsigned int asked;     /* pieces asked for, 1 to BATCH; those after them are read ahead */
	unsigned int pieces;    /* all pieces; `asked` at first */
	unsigned int unclaimed; /* pieces asked for that other threads are reading */
	struct frame *frames[BATCH + AHEAD_MOST];
	enum piece_state states[BATCH + AHEAD_MOST];
};

/* Bytes of piece i: less than a page at the model's end. */
uint64_t page_bytes(const struct batch *batch, unsigned int i);

/* Loads and pins the batch: on success all pieces asked for are HELD or PASSED_BY. Reads up to `window` pages
 * ahead, if the last piece asked for is read now. On error nothing is pinned. Under the lock, which is released
 * meanwhile. Errors: those of pb_read, which are counted. */
int batch_hold(struct batch *batch, unsigned int window);

/* Unpins all pieces. Under the lock. */
void batch_release(struct batch *batch);

/* Unpins a page. Under the lock. */
void page_unpin(struct pb_paged *paged, struct frame *frame);

/* In a forked child: makes pages that other threads were reading absent again. */
void page_load_after_fork(struct pb_paged *paged);

#endif
