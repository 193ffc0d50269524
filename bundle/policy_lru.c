/* SPDX-License-Identifier: BSD-2-Clause */
/* Least recently used: a list from the most recent to the least. All calls O(1). */
#include <stdlib.h>

#include "policy.h"

struct policy {
	struct entry *newest; /* newest->prev is the oldest */
};

static struct policy *lru_create(uint32_t entries)
{
	(void)entries;
	return calloc(1, sizeof(struct policy));
}

static void lru_destroy(struct policy *lru)
{
	free(lru);
}

static void lru_insert(struct policy *lru, struct entry *entry)
{
	DL_PREPEND(lru->newest, entry);
}

static void lru_remove(struct policy *lru, struct entry *entry)
{
	DL_DELETE(lru->newest, entry);
}

static void lru_touch(struct policy *lru, struct entry *entry)
{
	if (lru->newest == entry)
		return;
	DL_DELETE(lru->newest, entry);
	DL_PREPEND(lru->newest, entry);
}

static struct entry *lru_victim(const struct policy *lru)
{
	return lru->newest ? lru->newest->prev : NULL;
}

const struct policy_ops policy_lru = {
	.name = "LRU",
	.create = lru_create,
	.destroy = lru_destroy,
	.insert = lru_insert,
	.touch = lru_touch,
	.remove = lru_remove,
	.victim = lru_victim,
};
