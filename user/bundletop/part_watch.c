/* SPDX-License-Identifier: BSD-2-Clause */
#include "part_watch.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/kernel/machine.h"
#include "user/modelfile/formats.h"
#include "cached_pages.h"
#include "present_pages.h"
#include "used_file.h"

/* Looks take at most 1% of the time: half of it those at readings, if these can be of all files, else all of it those between. */
enum { DUTY = 100, DUTY_HALF = 200 };

#define TICK_NS  (100 * (uint64_t)NS_PER_MS)
#define LOOK_NS  (5 * (uint64_t)NS_PER_MS)   /* the most that looks take at a time */
#define FIRST_NS (200 * (uint64_t)NS_PER_MS) /* the same of those at files that were not looked at before */

static uint64_t own_time_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* --- the files --- */

void part_watch_init(struct part_watch *watch, enum parts_of of, bool every)
{
	struct machine machine;
	machine_look(&machine);
	*watch =
		(struct part_watch){ .of = of, .every = every, .may_all = machine_has(&machine, CAP_FOWNER) };
}

static void forget_parts(struct part_watch *watch, struct part_file *file)
{
	part_list_free(file->list);
	page_looks_free(&file->looks);
	file->list = NULL;
	watch->bytes -= file->bytes;
	file->bytes = 0;
	file->slice = file->cost_ns = file->round_ns = 0;
}

static void drop(struct part_watch *watch, struct part_file *file)
{
	if (watch->next == file)
		watch->next = NULL;
	forget_parts(watch, file);
	HASH_DEL(watch->files, file);
	free(file->path);
	free(file);
}

void part_watch_free(struct part_watch *watch)
{
	while (watch->files)
		drop(watch, watch->files);
}

struct part_file *part_watch_find(const struct part_watch *watch, const struct model_file *file)
{
	struct file_inode inode = { .dev = file->inode.dev, .ino = file->inode.ino };
	struct part_file *found;
	HASH_FIND(hh, watch->files, &inode, sizeof(inode), found);
	return found;
}

/* Drops files that no process uses. */
static void drop_unused(struct part_watch *watch)
{
	struct part_file *file, *next;
	HASH_ITER (hh, watch->files, file, next)
		if (!file->used)
			drop(watch, file);
}

static struct part_file *add(struct part_watch *watch, const struct model_file *of)
{
	if (HASH_COUNT(watch->files) >= FILES_MAX)
		drop_unused(watch);
	struct part_file *file = HASH_COUNT(watch->files) < FILES_MAX ? calloc(1, sizeof(*file)) : NULL;
	if (!file)
		return NULL;
	file->inode = (struct file_inode){ .dev = of->inode.dev, .ino = of->inode.ino };
	file->why = "it has not been looked at yet";
	HASH_ADD(hh, watch->files, inode, sizeof(file->inode), file);
	return file;
}

struct part_file *part_watch_want(struct part_watch *watch, const struct model_file *of)
{
	struct part_file *file = part_watch_find(watch, of);
	if (!file)
		file = add(watch, of);
	if (!file)
		return NULL;
	if (!file->used || !file->path || strcmp(file->path, of->path) != 0) {
		free(file->path);
		file->path = strdup(of->path);
	}
	file->key = of->key;
	file->layered = of->layered;
	file->used = true;
	return file;
}

/* --- what its parts are --- */

static bool is_changed(const struct part_file *file, const struct stat *st)
{
	return !file->read || file->size != (uint64_t)st->st_size ||
	       file->changed.tv_sec != st->st_mtim.tv_sec || file->changed.tv_nsec != st->st_mtim.tv_nsec;
}

/* Makes room for what is to be kept of a file. */
static bool make_room(struct part_watch *watch, size_t bytes)
{
	if (bytes > PART_BYTES - watch->bytes)
		drop_unused(watch);
	return bytes <= PART_BYTES - watch->bytes;
}

/* Reads the file's header, and begins to count anew. */
static void find_parts(struct part_watch *watch, struct part_file *file, int fd, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size, pages = size / PAGE_BYTES + (size % PAGE_BYTES != 0);
	forget_parts(watch, file);
	file->size = size;
	file->changed = st->st_mtim;
	file->since_ns = clock_monotonic_ns();
	file->counts = file->layered ? COUNTS_UNUSABLE : COUNTS_UNTRIED;
	file->why = NULL;
	file->read = true;
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* no read-ahead: the page cache is measured */
	struct regions *regions = regions_read_or_why(fd, size, &file->why);
	if (regions)
		file->list = part_list_new(regions, size, watch->of, &file->why);
	if (!file->list)
		return;
	size_t bytes = file->list->bytes + page_looks_bytes(pages);
	if (!make_room(watch, bytes) || !page_looks_init(&file->looks, pages)) {
		forget_parts(watch, file);
		file->why = "there is no memory for them beside those of other files";
		return;
	}
	file->bytes = bytes;
	watch->bytes += bytes;
}

/* --- looks --- */

/* A slice whose pages need not be asked for one by one: none is there, or all still are. */
static bool is_plain(const struct part_file *file, int fd, unsigned char *pages)
{
	unsigned count = page_looks_in(&file->looks, file->slice);
	if (file->counts != COUNTS_AGREE)
		return false;
	int64_t cached = cached_pages_count(fd, file->slice * SLICE_PAGES, count);
	bool all = cached == count && page_looks_count(&file->looks, file->slice) == (int)count;
	memset(pages, all, count);
	return cached == 0 || all;
}

/* Where the page cache holds another file (overlayfs, FUSE), and before Linux 6.5, only mincore() knows. */
static void try_counts(struct part_file *file, int fd, const unsigned char *pages)
{
	unsigned count = page_looks_in(&file->looks, file->slice), there = 0;
	for (unsigned i = 0; i < count; i++)
		there += pages[i] & 1;
	if (file->counts != COUNTS_UNTRIED || there == 0)
		return;
	int64_t cached = cached_pages_count(fd, file->slice * SLICE_PAGES, count);
	if (cached == there)
		file->counts = COUNTS_AGREE;
	else if (cached <= 0)
		file->counts = COUNTS_UNUSABLE;
}

static bool look_at_slice(struct part_file *file, int fd)
{
	unsigned char pages[SLICE_PAGES];
	unsigned count = page_looks_in(&file->looks, file->slice);
	if (!is_plain(file, fd, pages)) {
		if (!cached_pages(fd, file->slice * SLICE_PAGES, count, pages))
			return false;
		try_counts(file, fd, pages);
	}
	page_looks_take(&file->looks, file->list, file->slice, pages);
	return true;
}

static void end_round(struct part_file *file)
{
	part_list_end_round(file->list);
	file->slice = 0;
	file->round_ns = file->cost_ns ? file->cost_ns : 1;
	file->cost_ns = 0;
}

/* Looks at slices until the round is complete, or until `until_ns`. True: it is complete. */
static bool look_at_slices(struct part_file *file, int fd, uint64_t until_ns)
{
	uint64_t start = own_time_ns(), now_ns = clock_monotonic_ns();
	bool looked = true;
	while (looked && file->slice < file->looks.slices && now_ns < until_ns) {
		looked = look_at_slice(file, fd);
		file->slice += looked;
		now_ns = clock_monotonic_ns();
	}
	file->looked_ns = now_ns;
	file->cost_ns += own_time_ns() - start;
	if (!looked)
		file->why = "the kernel does not tell which of its pages are in the page cache";
	if (!looked || file->slice < file->looks.slices)
		return false;
	end_round(file);
	return true;
}

/* Goes on with a round. False: there was not enough time for all of it. */
static bool look(struct part_watch *watch, struct part_file *file, uint64_t until_ns)
{
	struct stat st;
	char *path;
	bool whole = true;
	int fd = used_file_open(&file->key, file->path, &st, &path);
	if (fd < 0) {
		if (!file->list)
			file->why = "it cannot be opened";
		return true;
	}
	free(path);
	if (is_changed(file, &st))
		find_parts(watch, file, fd, &st);
	if (file->list && !watch->may_all && !cached_pages_permitted(fd, &st)) {
		file->why = "it is another user's: its pages may not be looked at without CAP_FOWNER";
	} else if (file->list) {
		file->why = NULL;
		whole = look_at_slices(file, fd, until_ns) || file->why;
	}
	close(fd);
	return whole;
}

/* --- when --- */

static struct part_file *after(const struct part_watch *watch, const struct part_file *file)
{
	return file && file->hh.next ? file->hh.next : watch->files;
}

/* Goes on with the looks, each file at most once, until `until_ns`. */
static void look_around(struct part_watch *watch, uint64_t until_ns)
{
	struct part_file *file = watch->next ? watch->next : watch->files, *first = file;
	bool whole = true;
	while (file && whole) {
		whole = !file->used || look(watch, file, until_ns);
		if (whole)
			file = after(watch, file);
		whole &= file != first && clock_monotonic_ns() < until_ns;
	}
	watch->next = file;
}

struct part_file *part_watch_open(struct part_watch *watch, const struct model_file *of)
{
	struct part_file *file = part_watch_want(watch, of);
	if (file && !file->looked_ns)
		look(watch, file, clock_monotonic_ns() + FIRST_NS);
	return file;
}

void part_watch_tick(struct part_watch *watch, uint64_t now_ns)
{
	if (!watch->files || now_ns < watch->due_ns)
		return;
	uint64_t start = own_time_ns();
	look_around(watch, now_ns + LOOK_NS);
	uint64_t rest = (own_time_ns() - start) * (watch->brief ? DUTY_HALF : DUTY);
	watch->due_ns = now_ns + (rest > TICK_NS ? rest : TICK_NS);
}

/* Notes which files are used: by processes that run, or else by those that have ended. */
static void note_used(struct part_watch *watch, const struct model_table *table, bool ended)
{
	for (const struct model_file *file = table->list; file; file = file->hh.next) {
		const struct part_file *found = part_watch_find(watch, file);
		if ((file->ended_ns != 0) == ended && (found ? !found->used : watch->every))
			part_watch_want(watch, file);
	}
}

static void find_used(struct part_watch *watch, const struct model_table *table)
{
	for (struct part_file *file = watch->files; file; file = file->hh.next)
		file->used = false;
	note_used(watch, table, false);
	note_used(watch, table, true);
}

/* True if a round of all files may be made at every reading. */
static bool rounds_are_short(const struct part_watch *watch, uint64_t interval_ns)
{
	uint64_t sum = 0;
	for (const struct part_file *file = watch->files; file; file = file->hh.next)
		sum += file->used ? file->round_ns : 0;
	return sum * DUTY_HALF <= interval_ns;
}

static void look_now(struct part_watch *watch, uint64_t interval_ns, bool all)
{
	uint64_t first_until = clock_monotonic_ns() + FIRST_NS;
	watch->brief = rounds_are_short(watch, interval_ns);
	for (struct part_file *file = watch->files; file; file = file->hh.next) {
		if (!file->used)
			continue;
		if (all || (watch->brief && file->round_ns)) {
			file->slice = 0;
			look(watch, file, UINT64_MAX);
		} else if (!file->looked_ns) {
			look(watch, file, first_until);
		}
	}
}

static void end_interval(struct part_file *file)
{
	uint64_t looked = 0, size = 0;
	if (!file->list)
		return;
	part_list_end_interval(file->list);
	page_looks_end_interval(&file->looks);
	for (uint32_t i = 0; i < file->list->count; i++) {
		looked += file->list->parts[i].looked;
		size += file->list->parts[i].size;
	}
	file->whole = looked == size;
}

void part_watch_read(
	struct part_watch *watch, const struct model_table *table, uint64_t interval_ns, bool all)
{
	find_used(watch, table);
	look_now(watch, interval_ns, all);
	for (struct part_file *file = watch->files; file; file = file->hh.next)
		end_interval(file);
}
