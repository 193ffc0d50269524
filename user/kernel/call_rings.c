/* SPDX-License-Identifier: BSD-2-Clause */
#include "call_rings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Retries while a slot is being filled, which is quick unless its thread is preempted. */
#define LOOKS_MAX 1000

struct call_rings {
	struct call_ring *rings;
	const struct call_slot *slots;
	size_t rings_bytes, slots_bytes;
	unsigned cpus;
};

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (bytes + page - 1) & ~(page - 1);
}

struct call_rings *call_rings_new(int rings_map, int slots_map, unsigned cpus, unsigned slots)
{
	struct call_rings *rings = calloc(1, sizeof(*rings));
	if (!rings)
		return NULL;
	rings->cpus = cpus;
	rings->rings_bytes = whole_pages(cpus * sizeof(struct call_ring));
	rings->slots_bytes = whole_pages(slots * sizeof(struct call_slot));
	void *at = mmap(NULL, rings->rings_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, rings_map, 0);
	if (at != MAP_FAILED) {
		rings->rings = at;
		at = mmap(NULL, rings->slots_bytes, PROT_READ, MAP_SHARED, slots_map, 0);
	}
	if (at == MAP_FAILED) {
		int err = errno;
		call_rings_free(rings);
		errno = err;
		return NULL;
	}
	rings->slots = at;
	return rings;
}

void call_rings_free(struct call_rings *rings)
{
	if (!rings)
		return;
	if (rings->rings)
		munmap(rings->rings, rings->rings_bytes);
	if (rings->slots)
		munmap((void *)rings->slots, rings->slots_bytes);
	free(rings);
}

void call_rings_give(struct call_rings *rings, unsigned cpu, unsigned first, unsigned slots)
{
	rings->rings[cpu].first = first;
	rings->rings[cpu].slots = slots;
}

int call_rings_read(struct call_rings *rings, unsigned cpu, struct timeline *timeline, int *read)
{
	struct call_ring *ring = &rings->rings[cpu];
	const struct timeline_ring lent = { rings->slots + ring->first, ring->slots, &ring->read };
	if (ring->slots == 0)
		return 1;
	uint64_t reserved = __atomic_load_n(&ring->reserved, __ATOMIC_ACQUIRE);
	uint64_t written = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
	for (int i = 0; written < reserved && i < LOOKS_MAX; i++)
		written = __atomic_load_n(&ring->written, __ATOMIC_ACQUIRE);
	long got = timeline_lend(timeline, cpu, &lent, written);
	if (got < 0)
		return (int)got;
	*read += (int)got;
	return written >= reserved;
}

uint64_t call_rings_lost(const struct call_rings *rings)
{
	uint64_t lost = 0;
	for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
		lost += __atomic_load_n(&rings->rings[cpu].lost, __ATOMIC_RELAXED);
	return lost;
}

void call_rings_forget_lost(struct call_rings *rings)
{
	for (unsigned cpu = 0; cpu < rings->cpus; cpu++)
		rings->rings[cpu].lost = rings->rings[cpu].lost_before = 0;
}
