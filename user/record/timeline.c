/* SPDX-License-Identifier: BSD-2-Clause */
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	uint64_t time_ns;
	size_t at; /* in bytes */
};

#define GIVE_BACK 1024 /* records between two updates of a ring's read position */

/* A ring's waiting records: their bytes in order of arrival, and slots in order of time. A ring of calls
 * also has records that are still in the ring, from position `at` to `to`; they are newer than the
 * copies. */
struct queue {
	char *bytes;
	size_t len, cap;
	struct slot *slots;
	size_t first, count, slots_cap; /* slots[first .. count) wait */
	struct timeline_ring ring;
	uint64_t at, to;
};

struct timeline {
	unsigned rings;
	struct queue queues[]; /* TIMELINE_STREAMS for each CPU */
};

struct timeline *timeline_new(unsigned cpus)
{
	unsigned rings = cpus * TIMELINE_STREAMS;
	struct timeline *timeline = calloc(1, sizeof(*timeline) + rings * sizeof(struct queue));
	if (timeline)
		timeline->rings = rings;
	return timeline;
}

void timeline_free(struct timeline *timeline)
{
	if (!timeline)
		return;
	for (unsigned i = 0; i < timeline->rings; i++) {
		free(timeline->queues[i].bytes);
		free(timeline->queues[i].slots);
	}
	free(timeline);
}

/* Grows an array to at least `need` elements, by doubling. */
static int grow(void **data, size_t *cap, size_t need, size_t element)
{
	if (need <= *cap)
		return 0;
	size_t wanted = *cap ? *cap : 1024;
	while (wanted < need)
		wanted *= 2;
	void *more = realloc(*data, wanted * element);
	if (!more)
		return -ENOMEM;
	*data = more;
	*cap = wanted;
	return 0;
}

static int queue_add(struct queue *q, const struct event_header *record)
{
	size_t padded = (record->size + 7u) & ~(size_t)7;
	if (grow((void **)&q->bytes, &q->cap, q->len + padded, 1) ||
		grow((void **)&q->slots, &q->slots_cap, q->count + 1, sizeof(*q->slots)))
		return -ENOMEM;
	memcpy(q->bytes + q->len, record, record->size);
	size_t i = q->count++;
	for (; i > q->first && q->slots[i - 1].time_ns > record->time_ns; i--)
		q->slots[i] = q->slots[i - 1];
	q->slots[i] = (struct slot){ record->time_ns, q->len };
	q->len += padded;
	return 0;
}

int timeline_add(struct timeline *timeline, unsigned cpu, enum timeline_stream stream,
	const struct event_header *record)
{
	return queue_add(&timeline->queues[cpu * TIMELINE_STREAMS + stream], record);
}

/* ---- rings of calls: records are used where they are (lent) ---- */

static const struct event_header *lent(const struct queue *q)
{
	return &q->ring.slots[q->at & (q->ring.count - 1)].call.head;
}

static void give_back(struct queue *q)
{
	if (q->ring.read)
		__atomic_store_n(q->ring.read, q->at, __ATOMIC_RELEASE);
}

static int copy_lent(struct queue *q)
{
	int err = 0;
	for (; q->at < q->to && !err; q->at += !err)
		err = queue_add(q, lent(q));
	give_back(q);
	return err;
}

long timeline_lend(
	struct timeline *timeline, unsigned cpu, const struct timeline_ring *ring, uint64_t written)
{
	struct queue *q = &timeline->queues[cpu * TIMELINE_STREAMS + TIMELINE_CALLS];
	if (!q->ring.slots) {
		q->ring = *ring;
		q->at = q->to = *ring->read;
	}
	int err = q->to - q->at > ring->count / 2 ? copy_lent(q) : 0;
	uint64_t before = q->to;
	q->to = written;
	return err ? err : (long)(written - before);
}

/* ---- in order ---- */

static uint64_t head_time(const struct queue *q)
{
	if (q->first < q->count)
		return q->slots[q->first].time_ns;
	return q->at < q->to ? lent(q)->time_ns : UINT64_MAX;
}

/* The ring whose head is oldest, and the time up to which no other ring has anything older. */
static unsigned oldest(const struct timeline *timeline, uint64_t *others)
{
	unsigned best = 0;
	*others = UINT64_MAX;
	uint64_t best_time = head_time(&timeline->queues[0]);
	for (unsigned i = 1; i < timeline->rings; i++) {
		uint64_t time = head_time(&timeline->queues[i]);
		if (time < best_time) {
			*others = best_time;
			best_time = time;
			best = i;
		} else if (time < *others) {
			*others = time;
		}
	}
	return best;
}

/* Moves the waiting records to the front, so that memory is bounded by how many wait. */
static void compact(struct queue *q)
{
	if (q->first == q->count) {
		q->first = q->count = q->len = 0;
		return;
	}
	size_t keep_from = q->len;
	for (size_t i = q->first; i < q->count; i++)
		if (q->slots[i].at < keep_from)
			keep_from = q->slots[i].at;
	if (keep_from < q->len / 2)
		return;
	memmove(q->bytes, q->bytes + keep_from, q->len - keep_from);
	q->len -= keep_from;
	for (size_t i = q->first; i < q->count; i++) {
		q->slots[i - q->first] = q->slots[i];
		q->slots[i - q->first].at -= keep_from;
	}
	q->count -= q->first;
	q->first = 0;
}

/* Passes on what a ring holds up to `limit`. */
static int release(struct queue *q, uint64_t limit, unsigned cpu, timeline_take take, void *ctx)
{
	int err = 0;
	while (!err && q->first < q->count && q->slots[q->first].time_ns <= limit)
		err = take(ctx, (const void *)(q->bytes + q->slots[q->first++].at), cpu);
	while (!err && q->first == q->count && q->at < q->to && lent(q)->time_ns <= limit) {
		err = take(ctx, lent(q), cpu);
		q->at++;
		if (q->at % GIVE_BACK == 0)
			give_back(q);
	}
	return err;
}

int timeline_release(struct timeline *timeline, uint64_t until_ns, timeline_take take, void *ctx)
{
	int err = 0;
	while (!err) {
		uint64_t others;
		unsigned ring = oldest(timeline, &others);
		struct queue *q = &timeline->queues[ring];
		uint64_t limit = others < until_ns ? others : until_ns, head = head_time(q);
		if (head == UINT64_MAX || head > limit)
			break;
		err = release(q, limit, ring / TIMELINE_STREAMS, take, ctx);
	}
	for (unsigned i = 0; i < timeline->rings; i++) {
		compact(&timeline->queues[i]);
		give_back(&timeline->queues[i]);
	}
	return err;
}

size_t timeline_waiting(const struct timeline *timeline)
{
	size_t bytes = 0;
	for (unsigned i = 0; i < timeline->rings; i++)
		bytes += timeline->queues[i].len;
	return bytes;
}
