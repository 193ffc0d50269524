/* SPDX-License-Identifier: BSD-2-Clause */
#include "rings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* Records that wait for one slow ring: past this the other rings are left to fill up, and count what they
 * lose. */
#define WAITING_MAX (256u << 20)
/* A record that a program on the other CPU is filling right now is ready in no time: look again a few times.
 */
#define READS_MAX 16
/* What the two clocks may differ by. */
#define CLOCK_SLACK_NS 10000

struct ring {
	struct rings *rings;
	struct ring_buffer *reader;
	const unsigned long *consumer, *producer; /* positions, shared with the kernel */
	uint64_t complete_ns;                     /* everything up to then has been read */
	int map;
	unsigned index;
};

struct rings {
	struct timeline *timeline;
	uint64_t now_ns; /* of the drain under way */
	int epoll;
	int error;
	int read; /* records, of the drain under way */
	size_t page;
	unsigned count;
	struct ring ring[];
};

/* Called for each record. Ends the reading of a ring with the first one that is newer than the drain's start:
 * else a ring that fills as fast as it is read would never end. */
static int on_record(void *ctx, void *data, size_t size)
{
	struct ring *ring = ctx;
	struct rings *rings = ring->rings;
	const struct event_header *record = data;
	if (size < sizeof(*record) || record->size < sizeof(*record) || record->size > size) {
		rings->error = -EBADMSG;
		return rings->error;
	}
	rings->error = timeline_add(rings->timeline, ring->index, record);
	rings->read++;
	if (rings->error)
		return rings->error;
	return record->time_ns > rings->now_ns ? -EAGAIN : 0;
}

static int ring_open(struct rings *rings, unsigned index, size_t bytes)
{
	struct ring *ring = &rings->ring[index];
	struct epoll_event wake = { .events = EPOLLIN | EPOLLET };
	void *page;
	ring->rings = rings;
	ring->index = index;
	ring->map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, (unsigned)bytes, NULL);
	if (ring->map < 0)
		return ring->map;
	ring->reader = ring_buffer__new(ring->map, on_record, ring, NULL);
	if (!ring->reader)
		return -errno;
	/* libbpf's reader does not say whether it stopped at the end or at a record that is being filled: the
	 * positions do */
	page = mmap(NULL, rings->page, PROT_READ, MAP_SHARED, ring->map, 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->consumer = page;
	page = mmap(NULL, rings->page, PROT_READ, MAP_SHARED, ring->map, (off_t)rings->page);
	if (page == MAP_FAILED)
		return -errno;
	ring->producer = page;
	return epoll_ctl(rings->epoll, EPOLL_CTL_ADD, ring->map, &wake) ? -errno : 0;
}

struct rings *rings_new(unsigned count, size_t bytes)
{
	struct rings *rings = calloc(1, sizeof(*rings) + count * sizeof(struct ring));
	if (!rings)
		return NULL;
	rings->count = count;
	rings->page = (size_t)sysconf(_SC_PAGESIZE);
	for (unsigned i = 0; i < count; i++)
		rings->ring[i].map = -1;
	rings->timeline = timeline_new(count);
	rings->epoll = epoll_create1(EPOLL_CLOEXEC);
	int err = !rings->timeline || rings->epoll < 0 ? -errno : 0;
	for (unsigned i = 0; !err && i < count; i++)
		err = ring_open(rings, i, bytes);
	if (err) {
		rings_free(rings);
		errno = -err;
		return NULL;
	}
	return rings;
}

void rings_free(struct rings *rings)
{
	if (!rings)
		return;
	for (unsigned i = 0; i < rings->count; i++) {
		struct ring *ring = &rings->ring[i];
		ring_buffer__free(ring->reader);
		if (ring->consumer)
			munmap((void *)ring->consumer, rings->page);
		if (ring->producer)
			munmap((void *)ring->producer, rings->page);
		if (ring->map >= 0)
			close(ring->map);
	}
	if (rings->epoll >= 0)
		close(rings->epoll);
	timeline_free(rings->timeline);
	free(rings);
}

int rings_map(const struct rings *rings, unsigned ring)
{
	return rings->ring[ring].map;
}

int rings_epoll(const struct rings *rings)
{
	return rings->epoll;
}

/*
 * Reads a ring up to where it stood when the drain began. A record is stamped after it was reserved, so what
 * is reserved later is newer than the drain's start, and the ring is complete up to then.
 */
static void ring_read(struct ring *ring)
{
	struct rings *rings = ring->rings;
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	for (int i = 0; i < READS_MAX && !rings->error; i++) {
		ring_buffer__consume(ring->reader);
		if (__atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE) >= end) {
			ring->complete_ns = rings->now_ns;
			return;
		}
	}
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Up to when all rings have been read. */
static uint64_t rings_complete(const struct rings *rings)
{
	uint64_t complete = UINT64_MAX;
	for (unsigned i = 0; i < rings->count; i++)
		if (rings->ring[i].complete_ns < complete)
			complete = rings->ring[i].complete_ns;
	return complete;
}

int rings_drain(struct rings *rings, bool all, timeline_take take, void *ctx)
{
	rings->now_ns = all ? UINT64_MAX : monotonic_ns() - CLOCK_SLACK_NS;
	rings->read = 0;
	rings->error = 0;
	uint64_t slowest = rings_complete(rings);
	for (unsigned i = 0; i < rings->count && !rings->error; i++) {
		struct ring *ring = &rings->ring[i];
		if (timeline_waiting(rings->timeline) < WAITING_MAX || ring->complete_ns == slowest)
			ring_read(ring);
	}
	if (rings->error)
		return rings->error;
	int err = timeline_release(rings->timeline, all ? UINT64_MAX : rings_complete(rings), take, ctx);
	return err < 0 ? err : rings->read;
}
