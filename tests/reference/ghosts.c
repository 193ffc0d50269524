/* SPDX-License-Identifier: BSD-2-Clause */
/* The two policies that remember what they evicted. */
#include "row.h"

/* --- S3-FIFO: Algorithm 1 of the paper. a: S, b: M, ghosts_a: G --- */

static void evict_main(struct reference *r)
{
	for (;;) {
		int tail = row_last(&r->b);
		row_remove(&r->b, tail);
		if (r->marks[tail] == 0)
			return;
		r->marks[tail]--;
		row_insert(&r->b, 0, tail);
	}
}

static void remember(struct reference *r, int model)
{
	row_insert(&r->ghosts_a, 0, model);
	while (row_bytes(&r->ghosts_a, r->size) > r->limit - r->limit / 10)
		row_remove(&r->ghosts_a, row_last(&r->ghosts_a));
}

/* Evicts one model, from S or, if S moves models to M and M overflows, from M; or none, if all of S
 * moves to M. */
static void evict_small(struct reference *r)
{
	while (r->a.count > 0) {
		int tail = row_last(&r->a);
		row_remove(&r->a, tail);
		if (r->marks[tail] <= 1) {
			remember(r, tail);
			return;
		}
		r->marks[tail] = 0;
		row_insert(&r->b, 0, tail);
		if (row_bytes(&r->b, r->size) > r->limit - r->limit / 10) {
			evict_main(r);
			return;
		}
	}
}

bool reference_s3_fifo(struct reference *r, int model)
{
	if (row_find(&r->a, model) >= 0 || row_find(&r->b, model) >= 0) {
		r->marks[model] = r->marks[model] < 3 ? r->marks[model] + 1 : 3;
		return true;
	}
	/* whether it is a ghost is checked last: making room may drop it */
	while (!reference_fits(r, model) && r->a.count + r->b.count > 0) {
		bool small = row_bytes(&r->a, r->size) >= r->limit / 10 && r->a.count > 0;
		if (small || r->b.count == 0)
			evict_small(r);
		else
			evict_main(r);
	}
	r->marks[model] = 0;
	if (row_find(&r->ghosts_a, model) >= 0) {
		row_remove(&r->ghosts_a, model);
		row_insert(&r->b, 0, model);
	} else {
		row_insert(&r->a, 0, model);
	}
	return false;
}

/* --- ARC: Figure 4 of the paper. a: T1, b: T2, ghosts_a: B1, ghosts_b: B2, share: p, limit: c; all in bytes
 * --- */

static void replace(struct reference *r, bool in_b2)
{
	uint64_t t1 = row_bytes(&r->a, r->size);
	bool from_t1 = r->a.count > 0 && (t1 > r->share || (in_b2 && t1 == r->share));
	if (from_t1 || r->b.count == 0) { /* T2 empty: not in the paper, where T1 is trimmed before */
		int victim = row_last(&r->a);
		row_remove(&r->a, victim);
		row_insert(&r->ghosts_a, 0, victim);
	} else {
		int victim = row_last(&r->b);
		row_remove(&r->b, victim);
		row_insert(&r->ghosts_b, 0, victim);
	}
}

static void make_room(struct reference *r, int model, bool in_b2)
{
	while (!reference_fits(r, model) && r->a.count + r->b.count > 0)
		replace(r, in_b2);
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Cases II and III. */
static void adapt(struct reference *r, int model, bool in_b2)
{
	uint64_t b1 = row_bytes(&r->ghosts_a, r->size), b2 = row_bytes(&r->ghosts_b, r->size);
	uint64_t size = r->size[model];
	if (size == 0)
		return;
	if (in_b2)
		r->share -= at_most(r->share, b2 >= b1 ? size : size * b1 / b2);
	else
		r->share = at_most(r->limit, r->share + (b1 >= b2 ? size : size * b2 / b1));
}

/* Case IV literally, for models of one size and a limit that is a multiple of it. */
static void forget_as_published(struct reference *r, int model)
{
	uint64_t t1 = row_bytes(&r->a, r->size), t2 = row_bytes(&r->b, r->size);
	uint64_t b1 = row_bytes(&r->ghosts_a, r->size), b2 = row_bytes(&r->ghosts_b, r->size);
	if (t1 + b1 == r->limit) {
		if (t1 < r->limit) {
			row_remove(&r->ghosts_a, row_last(&r->ghosts_a));
			make_room(r, model, false);
		} else {
			row_remove(&r->a, row_last(&r->a));
		}
	} else if (t1 + t2 + b1 + b2 >= r->limit) {
		if (t1 + t2 + b1 + b2 == 2 * r->limit)
			row_remove(&r->ghosts_b, row_last(&r->ghosts_b));
		make_room(r, model, false);
	}
}

/* The same for any sizes: T1 and B1 together hold at most the limit, all four lists at most twice the
 * limit. */
static void forget_in_bytes(struct reference *r, int model)
{
	make_room(r, model, false);
	while (r->ghosts_a.count > 0 &&
		row_bytes(&r->a, r->size) + row_bytes(&r->ghosts_a, r->size) + r->size[model] > r->limit)
		row_remove(&r->ghosts_a, row_last(&r->ghosts_a));
	while (r->ghosts_b.count > 0 && row_bytes(&r->a, r->size) + row_bytes(&r->ghosts_a, r->size) +
							row_bytes(&r->b, r->size) +
							row_bytes(&r->ghosts_b, r->size) + r->size[model] >
						2 * r->limit)
		row_remove(&r->ghosts_b, row_last(&r->ghosts_b));
}

static bool one_size(const struct reference *r)
{
	for (int i = 1; i < r->models; i++)
		if (r->size[i] != r->size[0])
			return false;
	return r->size[0] > 0 && r->limit >= r->size[0] && r->limit % r->size[0] == 0;
}

bool reference_arc(struct reference *r, int model)
{
	struct row *resident = row_find(&r->a, model) >= 0 ? &r->a : row_find(&r->b, model) >= 0 ? &r->b : 0;
	if (resident) {
		row_remove(resident, model);
		row_insert(&r->b, 0, model);
		return true;
	}
	bool in_b1 = row_find(&r->ghosts_a, model) >= 0, in_b2 = row_find(&r->ghosts_b, model) >= 0;
	if (in_b1 || in_b2) {
		adapt(r, model, in_b2);
		make_room(r, model, in_b2);
		row_remove(in_b1 ? &r->ghosts_a : &r->ghosts_b, model);
		row_insert(&r->b, 0, model);
		return false;
	}
	if (one_size(r))
		forget_as_published(r, model);
	else
		forget_in_bytes(r, model);
	row_insert(&r->a, 0, model);
	return false;
}
