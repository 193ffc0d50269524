/* SPDX-License-Identifier: BSD-2-Clause */
#include "reference.h"

#include <string.h>

#include "row.h"

int row_find(const struct row *row, int model)
{
	for (int i = 0; i < row->count; i++)
		if (row->models[i] == model)
			return i;
	return -1;
}

void row_insert(struct row *row, int at, int model)
{
	memmove(&row->models[at + 1], &row->models[at], (size_t)(row->count - at) * sizeof(int));
	row->models[at] = model;
	row->count++;
}

void row_remove(struct row *row, int model)
{
	int at = row_find(row, model);
	row->count--;
	memmove(&row->models[at], &row->models[at + 1], (size_t)(row->count - at) * sizeof(int));
}

int row_last(const struct row *row)
{
	return row->models[row->count - 1];
}

uint64_t row_bytes(const struct row *row, const uint64_t *size)
{
	uint64_t bytes = 0;
	for (int i = 0; i < row->count; i++)
		bytes += size[row->models[i]];
	return bytes;
}

bool reference_fits(const struct reference *r, int model)
{
	return row_bytes(&r->a, r->size) + row_bytes(&r->b, r->size) + r->size[model] <= r->limit;
}

/* --- recency only --- */

static bool lru(struct reference *r, int model)
{
	bool hit = row_find(&r->a, model) >= 0;
	if (hit)
		row_remove(&r->a, model);
	while (!hit && !reference_fits(r, model) && r->a.count > 0)
		row_remove(&r->a, row_last(&r->a));
	row_insert(&r->a, 0, model);
	return hit;
}

/* A ring with a hand, as in the paper: a new model takes the place that the hand has just left. */
static bool clock_ring(struct reference *r, int model)
{
	struct row *ring = &r->a;
	if (row_find(ring, model) >= 0) {
		r->marks[model] = 1;
		return true;
	}
	while (!reference_fits(r, model) && ring->count > 0) {
		while (r->marks[ring->models[r->hand]]) {
			r->marks[ring->models[r->hand]] = 0;
			r->hand = (r->hand + 1) % ring->count;
		}
		row_remove(ring, ring->models[r->hand]);
		if (r->hand == ring->count)
			r->hand = 0;
	}
	r->marks[model] = 0;
	row_insert(ring, r->hand, model);
	r->hand = (r->hand + 1) % ring->count;
	return false;
}

/* Algorithm 1 of the paper; the hand is a model, or -1 for none. */
static bool sieve(struct reference *r, int model)
{
	struct row *queue = &r->a;
	if (row_find(queue, model) >= 0) {
		r->marks[model] = 1;
		return true;
	}
	while (!reference_fits(r, model) && queue->count > 0) {
		int o = r->hand >= 0 ? r->hand : row_last(queue);
		while (r->marks[o]) {
			int at = row_find(queue, o);
			r->marks[o] = 0;
			o = at > 0 ? queue->models[at - 1] : row_last(queue);
		}
		int at = row_find(queue, o);
		r->hand = at > 0 ? queue->models[at - 1] : -1;
		row_remove(queue, o);
	}
	row_insert(queue, 0, model);
	r->marks[model] = 0;
	return false;
}

/* --- the lowest key is evicted first; of equal ones the least recently used --- */

static int lowest(const struct reference *r)
{
	int low = r->a.models[0];
	for (int i = 1; i < r->a.count; i++) {
		int m = r->a.models[i];
		if (r->key[m] < r->key[low] || (r->key[m] == r->key[low] && r->last[m] < r->last[low]))
			low = m;
	}
	return low;
}

static uint64_t key_of(const struct reference *r, int model)
{
	uint64_t uses = r->uses[model], size = r->size[model] > 0 ? r->size[model] : 1;
	if (r->policy == PB_POLICY_LFU)
		return uses;
	if (r->policy == PB_POLICY_LFU_DA)
		return r->age + uses;
	uint64_t cost = 65536 + size;
	return r->age + uses * (256 * cost / size);
}

static bool by_key(struct reference *r, int model)
{
	bool hit = row_find(&r->a, model) >= 0;
	while (!hit && !reference_fits(r, model) && r->a.count > 0) {
		int victim = lowest(r);
		r->age = r->key[victim];
		row_remove(&r->a, victim);
	}
	r->uses[model] = hit ? r->uses[model] + 1 : 1;
	r->key[model] = key_of(r, model);
	r->last[model] = ++r->now;
	if (!hit)
		row_insert(&r->a, 0, model);
	return hit;
}

void reference_init(
	struct reference *r, enum pb_policy policy, int models, const uint64_t *sizes, uint64_t limit)
{
	*r = (struct reference){ .policy = policy, .models = models, .limit = limit };
	r->hand = policy == PB_POLICY_SIEVE ? -1 : 0;
	memcpy(r->size, sizes, (size_t)models * sizeof(*sizes));
}

bool reference_get(struct reference *r, int model)
{
	static bool (*const policies[])(struct reference *, int) = {
		[PB_POLICY_LRU] = lru,
		[PB_POLICY_LFU] = by_key,
		[PB_POLICY_LFU_DA] = by_key,
		[PB_POLICY_CLOCK] = clock_ring,
		[PB_POLICY_SIEVE] = sieve,
		[PB_POLICY_S3_FIFO] = reference_s3_fifo,
		[PB_POLICY_ARC] = reference_arc,
		[PB_POLICY_GDSF] = by_key,
	};
	bool hit = policies[r->policy](r, model);
	r->misses += !hit;
	return hit;
}

/* The distance from i to the next access to the model. */
static int next_use(const int *models, int length, int i, int model)
{
	int next = i;
	while (next < length && models[next] != model)
		next++;
	return next;
}

uint64_t reference_belady(const int *models, int length, int room)
{
	struct row cache = { .count = 0 };
	uint64_t misses = 0;
	for (int i = 0; i < length; i++) {
		if (row_find(&cache, models[i]) >= 0)
			continue;
		misses++;
		if (cache.count == room) {
			int farthest = -1, victim = -1;
			for (int j = 0; j < cache.count; j++) {
				int next = next_use(models, length, i, cache.models[j]);
				if (next > farthest) {
					farthest = next;
					victim = cache.models[j];
				}
			}
			row_remove(&cache, victim);
		}
		row_insert(&cache, 0, models[i]);
	}
	return misses;
}
