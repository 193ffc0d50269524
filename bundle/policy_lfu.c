/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Least frequently used: buckets of entries with equally many uses, in rising order; in each the entries from
 * the most recent to the least. The victim is the least recently used of those with the fewest uses. An
 * entry's count ends when it leaves the cache. All calls O(1), but an insert with more than one use (of an
 * entry that was pinned), which walks the buckets.
 */
#include <stdlib.h>

#include "policy.h"

struct bucket {
	uint64_t uses;
	struct entry *newest;
	struct bucket *prev, *next;
};

struct policy {
	struct bucket *fewest; /* in use, rising */
	struct bucket *spare;  /* linked by next */
	struct bucket buckets[];
};

static struct policy *lfu_create(uint32_t entries)
{
	/* one more than entries: a touch takes the new bucket before it leaves the old */
	size_t count = (size_t)entries + 1;
	struct policy *lfu = calloc(1, sizeof(*lfu) + count * sizeof(struct bucket));
	if (!lfu)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		lfu->buckets[i].next = lfu->spare;
		lfu->spare = &lfu->buckets[i];
	}
	return lfu;
}

static void lfu_destroy(struct policy *lfu)
{
	free(lfu);
}

/* A fresh bucket behind `before`; NULL: as the first. */
static struct bucket *bucket_new(struct policy *lfu, struct bucket *before, uint64_t uses)
{
	struct bucket *bucket = lfu->spare;
	lfu->spare = bucket->next;
	bucket->uses = uses;
	bucket->newest = NULL;
	if (before)
		DL_APPEND_ELEM(lfu->fewest, before, bucket);
	else
		DL_PREPEND(lfu->fewest, bucket);
	return bucket;
}

static void bucket_add(struct bucket *bucket, struct entry *entry)
{
	DL_PREPEND(bucket->newest, entry);
	entry->bucket = bucket;
}

static void lfu_insert(struct policy *lfu, struct entry *entry)
{
	struct bucket *before = NULL, *at = lfu->fewest;
	for (; at && at->uses < entry->uses; at = at->next)
		before = at;
	bucket_add(at && at->uses == entry->uses ? at : bucket_new(lfu, before, entry->uses), entry);
}

static void lfu_remove(struct policy *lfu, struct entry *entry)
{
	struct bucket *bucket = entry->bucket;
	DL_DELETE(bucket->newest, entry);
	entry->bucket = NULL;
	if (bucket->newest)
		return;
	DL_DELETE(lfu->fewest, bucket);
	bucket->next = lfu->spare;
	lfu->spare = bucket;
}

static void lfu_touch(struct policy *lfu, struct entry *entry)
{
	struct bucket *from = entry->bucket, *to = from->next;
	uint64_t uses = ++entry->uses;
	if (!to || to->uses != uses) {
		if (entry->prev == entry) { /* alone: the bucket rises with it */
			from->uses = uses;
			return;
		}
		to = bucket_new(lfu, from, uses);
	}
	lfu_remove(lfu, entry);
	bucket_add(to, entry);
}

static struct entry *lfu_victim(const struct policy *lfu)
{
	return lfu->fewest ? lfu->fewest->newest->prev : NULL;
}

const struct policy_ops policy_lfu = {
	.name = "LFU",
	.create = lfu_create,
	.destroy = lfu_destroy,
	.insert = lfu_insert,
	.touch = lfu_touch,
	.remove = lfu_remove,
	.victim = lfu_victim,
};
