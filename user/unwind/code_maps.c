/* SPDX-License-Identifier: BSD-2-Clause */
#include "code_maps.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define RING_PAGES 32   /* of each CPU: some thousand mappings */
#define RECORD_MAX 4352 /* the longest path, and the rest of its record */

/* PERF_RECORD_MMAP2; then the path, and the sample's identity: the time. */
struct record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t start, length, page_offset;
	uint32_t major, minor;
	uint64_t inode, inode_generation;
	uint32_t protection, flags;
	char path[];
};

/* PERF_RECORD_FORK and PERF_RECORD_EXIT; for a new thread, pid and parent are equal. */
struct task_record {
	struct perf_event_header header;
	uint32_t pid, parent, tid, parent_tid;
	uint64_t time;
};

/* PERF_RECORD_COMM; then the name. */
struct comm_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	char comm[];
};

struct ring {
	struct perf_event_mmap_page *page; /* then the data */
	uint64_t last_ns;                  /* of the mapping taken last */
	int fd;
};

struct code_maps {
	int epoll;
	unsigned count;
	size_t page_bytes, data_bytes;
	char taken[UINT16_MAX + 1] __attribute__((aligned(8))); /* a record, in one piece */
	struct ring rings[];
};

/* Wakes for every mapping if only these are wanted; forks, executions and exits are too frequent for that. */
static int open_event(int cpu, const struct code_maps_options *options, size_t ring_bytes)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.task = options->processes,
		.comm = options->processes,
		.comm_exec = options->processes,
		.inherit = options->of != 0,
		.watermark = 1,
		.wakeup_watermark = options->processes ? (uint32_t)(ring_bytes / 4) : 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	return (int)syscall(
		SYS_perf_event_open, &attr, options->of ? options->of : -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* 0 or -errno; -ENODEV: there is no such CPU. */
static int ring_open(struct code_maps *m, struct ring *ring, int cpu, const struct code_maps_options *options)
{
	struct epoll_event ready = { .events = EPOLLIN };
	ring->fd = open_event(cpu, options, m->data_bytes);
	if (ring->fd < 0)
		return -errno;
	void *page =
		mmap(NULL, m->page_bytes + m->data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	ring->page = page;
	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, ring->fd, &ready) ? -errno : 0;
}

struct code_maps *code_maps_open(const struct code_maps_options *options)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	unsigned count = cpus > 0 ? (unsigned)cpus : 1;
	struct code_maps *m = calloc(1, sizeof(*m) + count * sizeof(struct ring));
	if (!m)
		return NULL;
	m->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	m->data_bytes = RING_PAGES * m->page_bytes;
	m->count = count;
	for (unsigned i = 0; i < count; i++)
		m->rings[i].fd = -1;
	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	int err = m->epoll < 0 ? -errno : 0;
	for (unsigned i = 0; !err && i < count; i++) {
		err = ring_open(m, &m->rings[i], (int)i, options);
		if (err == -ENODEV)
			err = 0;
	}
	if (!err)
		return m;
	code_maps_close(m);
	errno = -err;
	return NULL;
}

void code_maps_close(struct code_maps *m)
{
	if (!m)
		return;
	for (unsigned i = 0; i < m->count; i++) {
		if (m->rings[i].page)
			munmap(m->rings[i].page, m->page_bytes + m->data_bytes);
		if (m->rings[i].fd >= 0)
			close(m->rings[i].fd);
	}
	if (m->epoll >= 0)
		close(m->epoll);
	free(m);
}

int code_maps_fd(const struct code_maps *m)
{
	return m->epoll;
}

/* Copies from the ring, around its end. */
static void copy(const struct code_maps *m, const struct ring *ring, uint64_t at, void *to, size_t len)
{
	const char *data = (const char *)ring->page + m->page_bytes;
	size_t from = at % m->data_bytes, first = m->data_bytes - from;
	if (first > len)
		first = len;
	memcpy(to, data + from, first);
	memcpy((char *)to + first, data, len - first);
}

static bool mapping_of(struct record *record, size_t size, struct code_map *mapping)
{
	if (size <= sizeof(*record) || record->inode == 0)
		return false;
	((char *)record)[size] = '\0';
	mapping->pid = (pid_t)record->pid;
	mapping->start = record->start;
	mapping->end = record->start + record->length;
	mapping->path = record->path;
	mapping->file_offset = record->page_offset;
	mapping->dev = makedev(record->major, record->minor);
	mapping->ino = record->inode;
	return true;
}

/* False for threads: they share the mappings of their process. */
static bool task_of(const struct task_record *record, size_t size, struct code_map *change)
{
	bool forked = record->header.type == PERF_RECORD_FORK;
	if (size < offsetof(struct task_record, time) ||
		(forked ? record->pid == record->parent : record->pid != record->tid))
		return false;
	change->pid = (pid_t)record->pid;
	change->parent = (pid_t)record->parent;
	change->change = forked ? CODE_FORKED : CODE_ENDED;
	return true;
}

/* Decodes the record in m->taken; false: it is of another kind. */
static bool change_of(struct code_maps *m, struct code_map *change)
{
	struct perf_event_header *header = (void *)m->taken;
	const struct comm_record *comm = (const void *)m->taken;
	size_t size = header->size - sizeof(uint64_t); /* without the sample's identity */
	bool known = false;
	*change = (struct code_map){ 0 };
	memcpy(&change->time_ns, m->taken + size, sizeof(change->time_ns));
	switch (header->type) {
	case PERF_RECORD_MMAP2:
		known = mapping_of((void *)m->taken, size, change);
		break;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		known = task_of((const void *)m->taken, size, change);
		break;
	case PERF_RECORD_COMM:
		known = header->misc & PERF_RECORD_MISC_COMM_EXEC;
		change->pid = (pid_t)comm->pid;
		change->change = CODE_EXECUTED;
		break;
	}
	return known && change->pid != 0;
}

/* A ring without room for the largest record may have lost some: the kernel reports a loss only before the
 * next record that fits. */
static void ring_take(struct code_maps *m, struct ring *ring, code_map_fn take, void *ctx)
{
	uint64_t end = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE), at = ring->page->data_tail;
	bool lost = end - at > m->data_bytes - RECORD_MAX;
	while (at < end) {
		struct code_map mapping;
		struct perf_event_header *header = (void *)m->taken;
		copy(m, ring, at, header, sizeof(*header));
		if (header->size < sizeof(*header) + sizeof(uint64_t) || header->size > end - at)
			break; /* the kernel writes no such record */
		copy(m, ring, at, m->taken, header->size);
		at += header->size;
		__atomic_store_n(&ring->page->data_tail, at, __ATOMIC_RELEASE);
		lost |= header->type == PERF_RECORD_LOST;
		if (!change_of(m, &mapping))
			continue;
		ring->last_ns = mapping.time_ns;
		take(ctx, &mapping);
	}
	if (lost)
		take(ctx, &(struct code_map){ .time_ns = ring->last_ns });
}

void code_maps_take(struct code_maps *m, code_map_fn take, void *ctx)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->rings[i].page)
			ring_take(m, &m->rings[i], take, ctx);
}
