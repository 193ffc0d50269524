/* SPDX-License-Identifier: BSD-2-Clause */
#include "rings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "user/base/clock.h"

/* Bytes of records that may wait for one slow ring. Past this the other rings are not read: they fill up, and count what
 * they lose. */
#define WAITING_MAX (32u << 20)
/* Retries for a record that a BPF program on another CPU is filling right now. */
#define READS_MAX 64
/* A full ring is given back to its writer in as many pieces while it is read. */
#define PIECES 32
/* The largest difference between the two sides' clocks. */
#define CLOCK_SLACK_NS 10000

/*
 * One ring as the kernel shares it: a page with the reader's position, a page with the writer's, then the
 * data, mapped twice in a row so that no record is split at the end. Not read through libbpf's ring_buffer,
 * which publishes its position after every record: that costs the traced program a cache miss per record.
 */
struct ring {
	unsigned long *consumer;       /* written here */
	const unsigned long *producer; /* written by the kernel */
	const char *data;
	size_t bytes;
	uint64_t complete_ns[TIMELINE_STREAMS]; /* everything up to this time has been read */
	int map;
};

struct rings {
	struct timeline *timeline;
	struct call_rings *calls; /* NULL: none */
	uint64_t now_ns;          /* when the current drain began */
	int epoll;
	int error;
	int read;  /* records, in the current drain */
	bool last; /* the current drain takes everything */
	size_t page;
	unsigned count;
	struct ring ring[];
};

static int ring_open(struct rings *rings, struct ring *ring, size_t bytes)
{
	struct epoll_event wake = { .events = EPOLLIN | EPOLLET };
	ring->bytes = bytes;
	ring->map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, (unsigned)bytes, NULL);
	if (ring->map < 0)
		return ring->map;
	void *page = mmap(NULL, rings->page, PROT_READ | PROT_WRITE, MAP_SHARED, ring->map, 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->consumer = page;
	page = mmap(NULL, rings->page + 2 * bytes, PROT_READ, MAP_SHARED, ring->map, (off_t)rings->page);
	if (page == MAP_FAILED)
		return -errno;
	ring->producer = page;
	ring->data = (const char *)page + rings->page;
	return epoll_ctl(rings->epoll, EPOLL_CTL_ADD, ring->map, &wake) ? -errno : 0;
}

struct rings *rings_new(const bool *online, unsigned cpus, size_t bytes)
{
	struct rings *rings = calloc(1, sizeof(*rings) + cpus * sizeof(struct ring));
	if (!rings)
		return NULL;
	rings->count = cpus;
	rings->page = (size_t)sysconf(_SC_PAGESIZE);
	for (unsigned i = 0; i < cpus; i++) {
		rings->ring[i].map = -1;
		rings->ring[i].complete_ns[TIMELINE_CALLS] = UINT64_MAX; /* there are none */
	}
	rings->timeline = timeline_new(cpus);
	rings->epoll = epoll_create1(EPOLL_CLOEXEC);
	int err = !rings->timeline || rings->epoll < 0 ? -errno : 0;
	for (unsigned i = 0; !err && i < cpus; i++)
		err = ring_open(rings, &rings->ring[i], online[i] ? bytes : rings->page);
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
		if (ring->consumer)
			munmap((void *)ring->consumer, rings->page);
		if (ring->producer)
			munmap((void *)ring->producer, rings->page + 2 * ring->bytes);
		if (ring->map >= 0)
			close(ring->map);
	}
	if (rings->epoll >= 0)
		close(rings->epoll);
	call_rings_free(rings->calls);
	timeline_free(rings->timeline);
	free(rings);
}

void rings_add_calls(struct rings *rings, struct call_rings *calls)
{
	rings->calls = calls;
	for (unsigned i = 0; i < rings->count; i++)
		rings->ring[i].complete_ns[TIMELINE_CALLS] = 0;
}

struct call_rings *rings_calls(const struct rings *rings)
{
	return rings->calls;
}

int rings_map(const struct rings *rings, unsigned ring)
{
	return rings->ring[ring].map;
}

int rings_epoll(const struct rings *rings)
{
	return rings->epoll;
}

/* Moves one record from a ring into the timeline. 0 or -errno. */
static int take_record(struct rings *rings, unsigned index, const char *data, size_t size)
{
	const struct event_header *record = (const void *)data;
	if (size < sizeof(*record) || record->size < sizeof(*record) || record->size > size)
		return -EBADMSG;
	rings->read++;
	return timeline_add(rings->timeline, index, TIMELINE_OTHERS, record);
}

/* Reads what is ready between two positions; returns where it stopped: at a record that is still being filled, or at
 * `end`. The writer gets back what was read in large pieces, since each one costs it a cache miss. */
static unsigned long read_ready(struct rings *rings, unsigned index, unsigned long at, unsigned long end)
{
	const struct ring *ring = &rings->ring[index];
	unsigned long given = at, piece = ring->bytes / PIECES;
	while (at < end && !rings->error) {
		const char *header = ring->data + (at & (ring->bytes - 1));
		uint32_t length = __atomic_load_n((const uint32_t *)header, __ATOMIC_ACQUIRE);
		size_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			rings->error = take_record(rings, index, header + BPF_RINGBUF_HDR_SZ, size);
		at += (BPF_RINGBUF_HDR_SZ + size + 7) & ~7ul;
		if (at - given < piece)
			continue;
		__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
		given = at;
	}
	return at;
}

/*
 * Reads a ring up to its position when the drain began. A record is time-stamped after it was reserved, so one reserved
 * later is newer than the drain's start: the ring is complete up to that time.
 */
static void ring_read(struct rings *rings, unsigned index)
{
	struct ring *ring = &rings->ring[index];
	unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE), at = *ring->consumer;
	for (int i = 0; i < READS_MAX && at < end && !rings->error; i++) {
		at = read_ready(rings, index, at, end);
		if (rings->last && at < end)
			usleep(1000); /* the program that fills the record was preempted */
	}
	__atomic_store_n(ring->consumer, at, __ATOMIC_RELEASE);
	if (at >= end)
		ring->complete_ns[TIMELINE_OTHERS] = rings->now_ns;
}

/* The same for this CPU's ring of calls. */
static void calls_read(struct rings *rings, unsigned index)
{
	int got = call_rings_read(rings->calls, index, rings->timeline, &rings->read);
	for (int i = 0; rings->last && got == 0 && i < READS_MAX; i++) {
		usleep(1000);
		got = call_rings_read(rings->calls, index, rings->timeline, &rings->read);
	}
	if (got < 0)
		rings->error = got;
	else if (got)
		rings->ring[index].complete_ns[TIMELINE_CALLS] = rings->now_ns;
}

static uint64_t ring_complete(const struct ring *ring)
{
	uint64_t others = ring->complete_ns[TIMELINE_OTHERS], calls = ring->complete_ns[TIMELINE_CALLS];
	return others < calls ? others : calls;
}

/* The time up to which all rings have been read. */
static uint64_t rings_complete(const struct rings *rings)
{
	uint64_t complete = UINT64_MAX;
	for (unsigned i = 0; i < rings->count; i++)
		if (ring_complete(&rings->ring[i]) < complete)
			complete = ring_complete(&rings->ring[i]);
	return complete;
}

int rings_drain(struct rings *rings, bool all, timeline_take take, void *ctx)
{
	rings->last = all;
	rings->now_ns = all ? UINT64_MAX : clock_monotonic_ns() - CLOCK_SLACK_NS;
	rings->read = 0;
	rings->error = 0;
	uint64_t slowest = rings_complete(rings);
	for (unsigned i = 0; i < rings->count && !rings->error; i++) {
		if (timeline_waiting(rings->timeline) >= WAITING_MAX &&
			ring_complete(&rings->ring[i]) != slowest)
			continue;
		ring_read(rings, i);
		if (rings->calls && !rings->error)
			calls_read(rings, i);
	}
	if (rings->error)
		return rings->error;
	int err = timeline_release(rings->timeline, all ? UINT64_MAX : rings_complete(rings), take, ctx);
	return err < 0 ? err : rings->read;
}
