/* SPDX-License-Identifier: BSD-2-Clause */
#include "open_list.h"

#include <stdlib.h>

/* Not static, because the note below names it; hidden, so it stays inside the library. */
extern struct pb_open_list pb_open_bundles;
struct pb_open_list pb_open_bundles = {
	.magic = PB_OPEN_LIST_MAGIC,
	.version = PB_OPEN_LIST_VERSION,
	.slots = PB_OPEN_LIST_SLOTS,
};

/* An ELF note with the list's link-time address, as USDT probes have: it survives strip and is not loaded. */
__asm__(".pushsection .note.pagedbundle,\"\",\"note\"\n"
	".balign 4\n"
	".4byte 2f-1f, 8, 1\n"
	"1: .asciz \"pagedbundle\"\n"
	"2: .balign 4\n"
	".8byte pb_open_bundles\n"
	".popsection\n");

static struct pb_open_list *next_of(struct pb_open_list *list)
{
	return (struct pb_open_list *)(uintptr_t)__atomic_load_n(&list->next, __ATOMIC_ACQUIRE);
}

/* Adds a block behind `last`, or behind those that other threads append meanwhile. */
static struct pb_open_list *append(struct pb_open_list *last)
{
	struct pb_open_list *fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return NULL;
	fresh->magic = pb_open_bundles.magic;
	fresh->version = pb_open_bundles.version;
	fresh->slots = pb_open_bundles.slots;
	uint64_t none = 0;
	while (!__atomic_compare_exchange_n(
		&last->next, &none, (uintptr_t)fresh, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
		last = (struct pb_open_list *)(uintptr_t)none;
		none = 0;
	}
	return fresh;
}

/* Replaces the first `from` in this block; false: it holds none. */
static bool change_slot(struct pb_open_list *list, uint64_t from, uint64_t to)
{
	for (unsigned int i = 0; i < PB_OPEN_LIST_SLOTS; i++) {
		uint64_t expected = from;
		if (__atomic_compare_exchange_n(
			    &list->bundles[i], &expected, to, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

bool open_list_add(struct pb_counters *counters)
{
	struct pb_open_list *list = &pb_open_bundles;
	counters->list = (uintptr_t)&pb_open_bundles;
	while (!change_slot(list, 0, (uintptr_t)counters)) {
		struct pb_open_list *next = next_of(list);
		list = next ? next : append(list);
		if (!list)
			return false;
	}
	return true;
}

void open_list_remove(const struct pb_counters *counters)
{
	for (struct pb_open_list *list = &pb_open_bundles; list; list = next_of(list))
		if (change_slot(list, (uintptr_t)counters, 0))
			return;
}
