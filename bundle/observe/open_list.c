/* SPDX-License-Identifier: BSD-2-Clause */
#include "open_list.h"

#include <stdlib.h>

/* Known to the assembler by its name, so not static; hidden, so the library's own all the same. */
extern struct pb_open_list pb_open_bundles;
struct pb_open_list pb_open_bundles = {
	.magic = PB_OPEN_LIST_MAGIC,
	.version = PB_OPEN_LIST_VERSION,
	.slots = PB_OPEN_LIST_SLOTS,
};

/* An ELF note that says where the list is, as those of the probes do: it is not part of the loaded image, is
 * kept by strip, and holds the address that the linker gave. */
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

/* The block behind the last. Of two threads that add one, the second's becomes the next but one. */
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

/* Changes the first slot that holds `from`; false: there is none in this block. */
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
