/* SPDX-License-Identifier: BSD-2-Clause */
#include "mappings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <uthash.h>

#include "user/base/process_maps.h"
#include "user/calls/result.h"

#define PROCESSES_MAX 4096 /* above it the one that was added first is dropped */
#define RANGES_MAX    4096 /* of a process; further mappings are not recorded */
#define PAGE          4096u
#define READ_AGAIN_NS 10000000

struct range {
	uint64_t start, end, offset; /* of the file at start */
	struct file_id id;
	char *path; /* never NULL */
};

struct process {
	uint32_t pid;
	uint64_t read_ns;     /* time of the event when it was read from /proc */
	struct range *ranges; /* in no order */
	unsigned count, room;
	UT_hash_handle hh;
};

struct mappings {
	bool live, followed;
	struct process *processes;
};

struct mappings *mappings_new(bool live, bool followed)
{
	struct mappings *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->live = live;
	m->followed = followed;
	return m;
}

static void clear(struct process *process)
{
	for (unsigned i = 0; i < process->count; i++)
		free(process->ranges[i].path);
	process->count = 0;
}

static void forget(struct mappings *m, struct process *process)
{
	if (!process)
		return;
	clear(process);
	HASH_DEL(m->processes, process);
	free(process->ranges);
	free(process);
}

void mappings_forget(struct mappings *m)
{
	while (m && m->processes)
		forget(m, m->processes);
}

void mappings_free(struct mappings *m)
{
	mappings_forget(m);
	free(m);
}

static struct process *find(const struct mappings *m, uint32_t pid)
{
	struct process *process;
	HASH_FIND(hh, m->processes, &pid, sizeof(pid), process);
	return process;
}

static struct process *enter(struct mappings *m, uint32_t pid)
{
	if (HASH_COUNT(m->processes) >= PROCESSES_MAX)
		forget(m, m->processes);
	struct process *process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->pid = pid;
	HASH_ADD(hh, m->processes, pid, sizeof(process->pid), process);
	return process;
}

/* ---- ranges ---- */

static void add(struct process *process, const struct range *range, const char *path, size_t len)
{
	if (process->count == process->room) {
		unsigned room = process->room ? process->room * 2 : 8;
		struct range *ranges =
			room <= RANGES_MAX ? realloc(process->ranges, room * sizeof(*ranges)) : NULL;
		if (!ranges)
			return;
		process->ranges = ranges;
		process->room = room;
	}
	struct range *to = &process->ranges[process->count];
	*to = *range;
	to->path = strndup(path, len);
	process->count += to->path != NULL;
}

/* Removes [start, end) from the ranges. */
static void cut(struct process *process, uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < process->count;) {
		struct range *range = &process->ranges[i], behind = *range;
		bool overlaps = start < range->end && end > range->start;
		if (overlaps && end < range->end) { /* the part above the hole */
			behind.offset += end - range->start;
			behind.start = end;
			add(process, &behind, range->path, strlen(range->path));
			range = &process->ranges[i];
		}
		if (overlaps)
			range->end = start > range->start ? start : range->start;
		if (range->end > range->start) {
			i++;
		} else {
			free(range->path);
			*range = process->ranges[--process->count];
		}
	}
}

static const struct range *at_address(const struct process *process, uint64_t address)
{
	for (unsigned i = 0; process && i < process->count; i++)
		if (address >= process->ranges[i].start && address < process->ranges[i].end)
			return &process->ranges[i];
	return NULL;
}

/* ---- events that change them ---- */

static uint64_t pages(uint64_t bytes)
{
	return (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static void take_mmap(struct process *process, const struct call_event *call)
{
	const struct file_ref *file = &call->file;
	struct range range = {
		.start = (uint64_t)call->result,
		.end = (uint64_t)call->result + pages(call->args[1]),
		.offset = call->args[5],
		.id = file->id,
	};
	cut(process, range.start, range.end);
	if (!(call->args[3] & MAP_ANONYMOUS) && file->id.ino && S_ISREG(file->id.mode) &&
		range.end > range.start)
		add(process, &range, file->path.data ? file->path.data : "", file->path.len);
}

/* Arguments: old address, old size, new size, flags, new address. A range that moves only in part is not
 * followed. */
static void take_mremap(struct process *process, const struct call_event *call)
{
	const struct range *from = at_address(process, call->args[0]);
	struct range to = from ? *from : (struct range){ 0 };
	char *path = from ? strdup(from->path) : NULL;
	uint64_t result = (uint64_t)call->result;
	to.offset += call->args[0] - to.start;
	to.start = result;
	to.end = result + pages(call->args[2]);
	cut(process, call->args[0], call->args[0] + pages(call->args[1]));
	cut(process, to.start, to.end);
	if (path)
		add(process, &to, path, strlen(path));
	free(path);
}

static void take_call(struct mappings *m, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	if (result_failed(call) || (call->nr != SYS_mmap && call->nr != SYS_munmap && call->nr != SYS_mremap))
		return;
	struct process *process = find(m, ev->pid);
	if (!process) /* its mappings are read from /proc when they are first needed */
		return;
	if (call->nr == SYS_mmap)
		take_mmap(process, call);
	else if (call->nr == SYS_mremap)
		take_mremap(process, call);
	else
		cut(process, call->args[0], call->args[0] + pages(call->args[1]));
}

/* What the events tell is not all: the mappings are read from /proc when they are needed. */
static bool must_read(const struct mappings *m)
{
	return m->live && !m->followed;
}

static void take_fork(struct mappings *m, const struct event *ev)
{
	const struct process *parent = find(m, ev->pid);
	if (ev->process.child_pid == ev->pid || !parent)
		return;
	forget(m, find(m, ev->process.child_pid));
	struct process *child = enter(m, ev->process.child_pid);
	parent = find(m, ev->pid);
	for (unsigned i = 0; child && parent && i < parent->count; i++)
		add(child, &parent->ranges[i], parent->ranges[i].path, strlen(parent->ranges[i].path));
}

void mappings_take(struct mappings *m, const struct event *ev)
{
	switch (ev->kind) {
	case EVENT_SYSCALL:
		if (!must_read(m))
			take_call(m, ev);
		break;
	case EVENT_FORK:
		if (!must_read(m))
			take_fork(m, ev);
		break;
	case EVENT_EXEC:
		forget(m, find(m, ev->pid));
		if (!must_read(m))
			enter(m, ev->pid);
		break;
	case EVENT_EXIT:
		forget(m, find(m, ev->pid));
		break;
	}
}

/* ---- lookup ---- */

static bool add_existing(void *ctx, const struct process_map *map)
{
	struct range range = {
		.start = map->start,
		.end = map->end,
		.offset = map->offset,
		.id = { .ino = map->ino, .dev = major(map->dev) << 20 | minor(map->dev), .mode = S_IFREG },
	};
	add(ctx, &range, map->path, strlen(map->path));
	return true;
}

/* What a process has mapped by now, from /proc. */
static struct process *read_process(struct mappings *m, const struct event *ev)
{
	struct process *process = enter(m, ev->pid);
	if (process && m->live)
		process_maps_each((pid_t)ev->pid, add_existing, process);
	if (process)
		process->read_ns = ev->time_ns;
	return process;
}

static bool takes_addresses(uint32_t nr)
{
	switch (nr) {
	case SYS_madvise:
	case SYS_msync:
	case SYS_mincore:
	case SYS_mlock:
	case SYS_mlock2:
	case SYS_munlock:
	case SYS_munmap:
	case SYS_mremap:
	case SYS_mprotect:
		return true;
	}
	return false;
}

/* A process with its mappings as they are known. NULL: none are. */
static struct process *process_now(struct mappings *m, const struct event *ev)
{
	struct process *process = find(m, ev->pid);
	if (process && must_read(m) && ev->time_ns - process->read_ns >= READ_AGAIN_NS) {
		forget(m, process);
		process = NULL;
	}
	/* of a process that is new here, /proc no longer has what this very call unmapped */
	return process ? process : read_process(m, ev);
}

bool mappings_page(
	struct mappings *m, const struct event *ev, uint64_t address, uint64_t ino, uint64_t *offset)
{
	const struct range *range = at_address(process_now(m, ev), address);
	if (!range || range->id.ino != ino)
		return false;
	*offset = (range->offset + (address - range->start)) & ~(uint64_t)(PAGE - 1);
	return true;
}

bool mappings_extent(struct mappings *m, const struct event *ev, struct file_ref *file, struct extent *extent)
{
	const struct call_event *call = &ev->call;
	if (!takes_addresses(call->nr) || result_failed(call))
		return false;
	const struct process *process = process_now(m, ev);
	const struct range *range = at_address(process, call->args[0]);
	if (!range)
		return false;
	uint64_t left = range->end - call->args[0];
	*file = (struct file_ref){
		.id = range->id,
		.path = { range->path, (uint32_t)strlen(range->path), false },
	};
	*extent = (struct extent){
		.file = file,
		.fd = -1,
		.offset = range->offset + (call->args[0] - range->start),
		.length = call->args[1] < left ? call->args[1] : left,
		.writes = call->nr == SYS_msync,
	};
	return true;
}
