/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether attached probes are armed. The kernel raises a semaphore in the first writable mapping that has its place in
 * the file. That is another one than the program's own where the linker lets read-only data share a page of the file
 * with the semaphore (lld), and where the file is mapped several times.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/proc.h"
#include "user/base/process_maps.h"
#include "kernel_inside.h"
#include "semaphore_guard.h"

enum {
	REGIONS_MAX = 1 << 17,
	COPIES_MAX = 32, /* of a file in a process */
};

/* A mapping of a file. */
struct region {
	uint64_t start, end, offset;
	uint64_t dev, ino; /* as /proc/PID/maps has them */
	bool executable;
	bool own; /* written to, without changing the file */
};

struct looking {
	struct kernel *kernel;
	pid_t pid;
	int memory; /* -errno: it cannot be opened */
	struct region *regions;
	unsigned count;
	struct attach_look *look;
	struct guarded copies[COPIES_MAX]; /* of the file at hand */
	unsigned copy_count;
};

static bool add_region(void *ctx, const struct process_map *map)
{
	struct looking *l = ctx;
	if (l->count % 256 == 0) {
		struct region *more = reallocarray(l->regions, l->count + 256, sizeof(*more));
		if (!more || l->count >= REGIONS_MAX)
			return false;
		l->regions = more;
	}
	l->regions[l->count++] = (struct region){ map->start, map->end, map->offset, map->dev, map->ino,
		map->executable, map->writable && !map->shared };
	return true;
}

static bool same_file(const struct region *a, const struct region *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* The address of an offset of the file; 0: it is not mapped there. */
static uint64_t address_in(const struct region *region, uint64_t offset)
{
	if (offset < region->offset || offset - region->offset >= region->end - region->start)
		return 0;
	return region->start + (offset - region->offset);
}

/* Where the kernel counts it; 0: nowhere. */
static uint64_t counted_at(const struct looking *l, const struct region *file, uint64_t semaphore)
{
	uint64_t address = 0;
	for (unsigned i = 0; i < l->count && !address; i++)
		if (l->regions[i].own && same_file(&l->regions[i], file))
			address = address_in(&l->regions[i], semaphore);
	return address;
}

/* True if this address is that of the semaphore's place in the file. */
static bool is_mapped(
	const struct looking *l, const struct region *file, uint64_t address, uint64_t semaphore)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->regions[i].own && same_file(&l->regions[i], file) &&
			address_in(&l->regions[i], semaphore) == address)
			return true;
	return false;
}

static void miss(struct looking *l, const char *why)
{
	if (!l->look->missing)
		l->look->missing = why;
}

/* --- raising --- */

/* Has a copy's semaphores put back at the end. False: they must not be raised. */
static bool remember(struct looking *l, const struct guarded *copy)
{
	struct kernel *kernel = l->kernel;
	if (!kernel->guard)
		kernel->guard = semaphore_guard_new();
	return kernel->guard && semaphore_guard_add(kernel->guard, copy) == 0;
}

static void raise_in(struct looking *l, const struct guarded *copy)
{
	for (unsigned i = 0; i < copy->count; i++) {
		const struct guarded_probe *probe = &copy->probes[i];
		uint16_t value;
		if (pread(copy->memory, &value, sizeof(value), (off_t)probe->semaphore) != sizeof(value))
			return; /* it has ended */
		if (value >= probe->raised)
			continue;
		if (pwrite(copy->memory, &probe->raised, sizeof(value), (off_t)probe->semaphore) !=
			sizeof(value))
			miss(l, "its semaphores cannot be raised");
		else
			l->look->raised++;
	}
}

/* `right`: the kernel lowers at the end what is raised here. */
static void raise_copies(struct looking *l, bool right)
{
	for (unsigned i = 0; i < l->copy_count; i++) {
		const struct guarded *copy = &l->copies[i];
		if (!copy->count)
			continue;
		if (!right && !remember(l, copy))
			miss(l, "what is written to its memory could not be undone");
		else
			raise_in(l, copy);
	}
}

/* --- looking --- */

static struct guarded *copy_of(struct looking *l, const struct region *code, const struct stat *st)
{
	for (unsigned i = 0; i < l->copy_count; i++)
		if (l->copies[i].start == code->start)
			return &l->copies[i];
	if (l->copy_count == COPIES_MAX) {
		miss(l, "it is mapped too often");
		return NULL;
	}
	struct guarded *copy = &l->copies[l->copy_count++];
	*copy = (struct guarded){ .pid = l->pid,
		.memory = l->memory,
		.start = code->start,
		.end = code->end,
		.dev = st->st_dev,
		.ino = st->st_ino };
	return copy;
}

static void add_probe(struct guarded *copy, uint64_t site, uint64_t semaphore, unsigned raised)
{
	if (copy && copy->count < PROBES_COUNT)
		copy->probes[copy->count++] = (struct guarded_probe){ site, semaphore, (uint16_t)raised };
}

/* Adds the probe to each copy where it is attached. Returns true if the kernel counts it in the right place. */
static bool look_at_probe(
	struct looking *l, const struct region *file, const struct usdt_site *site, const struct stat *st)
{
	uint64_t counted = counted_at(l, file, site->semaphore);
	unsigned attached[COPIES_MAX], count = 0;
	bool right = true;
	for (unsigned i = 0; i < l->count && count < COPIES_MAX; i++) {
		const struct region *region = &l->regions[i];
		uint64_t address =
			region->executable && same_file(region, file) ? address_in(region, site->probe) : 0;
		if (address && semaphore_observed(l->memory, address))
			attached[count++] = i;
	}
	for (unsigned i = 0; i < count; i++) {
		const struct region *code = &l->regions[attached[i]];
		uint64_t address = address_in(code, site->probe), semaphore = address + site->apart;
		if (is_mapped(l, file, semaphore, site->semaphore))
			add_probe(copy_of(l, code, st), address, semaphore,
				semaphore == counted ? count * site->count : 1);
		else
			l->look->loading = true;
		right &= semaphore == counted;
	}
	return right && count <= 1;
}

/* A file with attached probes, of which `code` is the first mapping of code. */
static void look_at_file(
	struct looking *l, const struct binary *binary, const struct region *code, const struct stat *st)
{
	bool right = true;
	l->copy_count = 0;
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		const struct usdt_site *site = &binary->probes->sites[probe];
		if (binary->probes->here & l->kernel->app & FILTER_APP(KIND_OF_PROBE(probe)) &&
			site->semaphore)
			right &= look_at_probe(l, code, site, st);
	}
	raise_copies(l, right);
	l->look->again |= !right || l->look->loading;
}

static bool is_first_of_file(const struct looking *l, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (l->regions[j].executable && same_file(&l->regions[j], &l->regions[i]))
			return false;
	return true;
}

static void look_at_region(struct looking *l, unsigned i)
{
	const struct region *region = &l->regions[i];
	char link[PROCESS_MAP_LINK];
	struct stat st;
	if (!region->executable || !is_first_of_file(l, i))
		return;
	process_map_link(link, l->pid, region->start, region->end);
	/* the link may not be followed without CAP_CHECKPOINT_RESTORE; what it leads to is known all the same */
	if (stat(link, &st))
		st = (struct stat){ .st_dev = region->dev, .st_ino = region->ino };
	const struct binary *binary = attach_find(l->kernel, &st);
	if (!binary || !binary->since_ns || !binary->probes)
		return;
	l->look->probed = true;
	if (l->memory < 0 && binary->probes->shared_page)
		miss(l, "its memory may not be read");
	if (l->memory >= 0)
		look_at_file(l, binary, region, &st);
	if ((l->look->missing || l->look->loading || l->look->raised) && !l->look->path[0]) {
		ssize_t len = readlink(link, l->look->path, sizeof(l->look->path) - 1);
		l->look->path[len > 0 ? len : 0] = '\0';
	}
}

int attach_look(struct kernel *kernel, pid_t pid, struct attach_look *look)
{
	struct looking *l = calloc(1, sizeof(*l));
	char path[32];
	*look = (struct attach_look){ .probed = false };
	if (!l)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)proc_living_thread(pid));
	*l = (struct looking){
		.kernel = kernel, .pid = pid, .look = look, .memory = open(path, O_RDWR | O_CLOEXEC)
	};
	pthread_mutex_lock(&kernel->binaries_lock);
	int err = process_maps_each(pid, add_region, l);
	for (unsigned i = 0; i < l->count; i++)
		look_at_region(l, i);
	pthread_mutex_unlock(&kernel->binaries_lock);
	if (l->memory >= 0)
		close(l->memory);
	free(l->regions);
	free(l);
	return err;
}
