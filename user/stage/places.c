/* SPDX-License-Identifier: BSD-2-Clause */
#include "places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uthash.h>

#include "user/calls/extent.h"
#include "user/calls/uring_ops.h"
#include "user/event/event_range.h"
#include "user/modelfile/external_data.h"
#include "user/modelfile/identity.h"
#include "user/modelfile/shards.h"
#include "mappings.h"
#include "user/modelfile/formats.h"
#include "user/record/names_record.h"
#include "user/base/text.h"

#define FILES_MAX     4096         /* above it the file that was added first is dropped */
#define BYTES_MAX     (256u << 20) /* of all regions; above it files get none */
#define RECORDED_MAX  (64u << 20)  /* of names in a recording */
#define LOADS         64           /* under way at once, in different threads */
#define READS_AT_ONCE 16           /* reads of a header; after these, between two reads: */
#define READ_AGAIN_NS 100000000
#define PAGE_BYTES    4096
#define LOOK_AGAIN_NS 10000000 /* between two looks whether another process has changed the file */

/* A file with calls on it. */
struct header_file {
	struct {
		uint64_t ino, dev;
	} key;
	struct regions *regions; /* NULL: of no known format, or it could not be read */
	struct stat seen;        /* when its header was read; st_ino 0: it could not be opened */
	char *path;              /* which led to it then */
	uint32_t opened;         /* the greatest of file_ref until then */
	bool written;            /* since then */
	uint32_t reads;
	uint64_t read_ns, looked_ns; /* times of events */
	UT_hash_handle hh;
};

/* A model that a thread is loading: it reads that one, and nothing else, until the load is done. */
struct load {
	uint32_t tid; /* 0: none */
	uint64_t offset, size;
	struct text name;
	bool cut;
};

struct places {
	struct places_options options;
	struct names_reader *learned; /* names of which not all records have come */
	size_t recorded;              /* bytes of names given to `found` */
	struct header_file *files;
	struct header_file *last;  /* the last one found */
	struct shard_memo *shards; /* indexes of models in several files; NULL: none was looked for yet */
	size_t bytes;
	struct load loads[LOADS];
	struct mappings *mappings;
	struct place place; /* of the last event ... */
	struct text mapped; /* ... and the path of its mapped file */
};

struct places *places_new(const struct places_options *options)
{
	struct places *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->options = *options;
	p->mappings = mappings_new(options->may_open, options->maps_followed);
	if (p->mappings)
		return p;
	free(p);
	return NULL;
}

static void set_regions(struct places *p, struct header_file *file, struct regions *regions)
{
	if (file->regions) {
		p->bytes -= regions_bytes(file->regions);
		regions_free(file->regions);
	}
	if (regions && regions_bytes(regions) > BYTES_MAX - p->bytes) {
		regions_free(regions);
		regions = NULL;
	}
	if (regions)
		p->bytes += regions_bytes(regions);
	file->regions = regions;
}

static void forget_file(struct places *p, struct header_file *file)
{
	set_regions(p, file, NULL);
	HASH_DEL(p->files, file);
	p->last = NULL;
	free(file->path);
	free(file);
}

void places_free(struct places *p)
{
	if (!p)
		return;
	while (p->files)
		forget_file(p, p->files);
	for (int i = 0; i < LOADS; i++)
		text_free(&p->loads[i].name);
	mappings_free(p->mappings);
	shard_memo_free(p->shards);
	names_reader_free(p->learned);
	text_free(&p->mapped);
	free(p);
}

/* ---- files ---- */

static struct header_file *find_file(struct places *p, const struct file_id *id)
{
	struct header_file *file = p->last;
	if (file && file->key.ino == id->ino && file->key.dev == id->dev)
		return file;
	struct header_file probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.ino = id->ino;
	probe.key.dev = id->dev;
	HASH_FIND(hh, p->files, &probe.key, sizeof(probe.key), file);
	if (file)
		p->last = file;
	return file;
}

static struct header_file *enter_file(struct places *p, const struct file_id *id)
{
	if (HASH_COUNT(p->files) >= FILES_MAX)
		forget_file(p, p->files);
	struct header_file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->key.ino = id->ino;
	file->key.dev = id->dev;
	HASH_ADD(hh, p->files, key, sizeof(file->key), file);
	p->last = file;
	return file;
}

static bool same_content(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Opens the file by one of these: its path, that path in the process's root, the process's descriptor (it may have been
 * removed). The identity is checked: the result is this file or -1. *way: the path that led to it, to be freed. */
static int open_file(const struct event *ev, const struct extent *e, struct stat *st, char **way)
{
	struct span path = e->file->path;
	bool absolute = path.len && path.data[0] == '/';
	int fd = -1;
	*way = NULL;
	for (int i = absolute ? 0 : 2; i < 3 && fd < 0; i++) {
		free(*way);
		int got = i == 0   ? asprintf(way, "%.*s", (int)path.len, path.data)
			  : i == 1 ? asprintf(way, "/proc/%u/root%.*s", ev->pid, (int)path.len, path.data)
				   : asprintf(way, "/proc/%u/fd/%d", ev->pid, e->fd);
		if (got < 0)
			*way = NULL;
		fd = *way ? identity_open(&e->file->id, *way, st) : -1;
	}
	return fd;
}

struct found {
	struct places *places;
	const struct event *ev;
};

static void found_record(void *ctx, const struct event_header *names)
{
	const struct found *found = ctx;
	struct places *p = found->places;
	p->recorded += names->size;
	p->options.found(p->options.found_ctx, names);
}

/* Gives what is known of the file now to be recorded. */
static void record_names(struct places *p, const struct header_file *file, const struct event *ev)
{
	struct found found = { p, ev };
	struct event_names head = {
		.head = { .time_ns = ev->time_ns, .pid = ev->pid, .tid = ev->tid, .kind = EVENT_NAMES },
		.id = { .ino = file->key.ino, .dev = (uint32_t)file->key.dev, .mode = S_IFREG },
	};
	bool fits = file->regions && regions_bytes(file->regions) <= RECORDED_MAX - p->recorded;
	if (p->recorded < RECORDED_MAX)
		names_write(&head, fits ? file->regions : NULL, found_record, &found);
}

/* The regions that another file describes: an ONNX model with calls on it, or one with the usual name. */
static struct regions *described_elsewhere(struct places *p, const char *path, uint64_t size)
{
	struct regions *regions = NULL;
	for (const struct header_file *file = p->files; file && !regions; file = file->hh.next)
		if (file->regions && file->path && strcmp(regions_format(file->regions), "onnx") == 0)
			regions = external_data_read(path, size, file->path);
	return regions ? regions : external_data_guess(path, size);
}

/* The regions in the open file, whose path is `way`, and of which model it is a part. */
static struct regions *read_regions(
	struct places *p, int fd, uint64_t size, const char *way, const struct extent *e)
{
	struct regions *regions = regions_read(fd, size);
	if (!regions)
		return described_elsewhere(p, way, size);
	if (!p->shards)
		p->shards = shard_memo_new();
	shards_note(p->shards, way, e->file->path, regions);
	return regions;
}

/* Reads the file's header as it is now. */
static void read_header(
	struct places *p, struct header_file *file, const struct event *ev, const struct extent *e)
{
	struct stat now;
	file->written = false;
	if (e->file->opened > file->opened)
		file->opened = e->file->opened;
	file->reads++;
	file->read_ns = file->looked_ns = ev->time_ns;
	if (file->path && stat(file->path, &now) == 0 && same_content(&now, &file->seen))
		return;
	free(file->path);
	bool known = file->regions;
	int fd = open_file(ev, e, &now, &file->path);
	file->seen = fd < 0 ? (struct stat){ 0 } : now;
	set_regions(p, file, fd < 0 ? NULL : read_regions(p, fd, (uint64_t)now.st_size, file->path, e));
	if (fd >= 0)
		close(fd);
	if (p->options.found && (known || file->regions))
		record_names(p, file, ev);
}

/* Another process may have written the file since its header was read. Where the path does not lead to it any more, it
 * is as it was. */
static bool looks_changed(struct header_file *file, uint64_t now_ns)
{
	struct stat now;
	if (now_ns - file->looked_ns < LOOK_AGAIN_NS)
		return false;
	file->looked_ns = now_ns;
	return file->path && stat(file->path, &now) == 0 && now.st_ino == file->seen.st_ino &&
	       now.st_dev == file->seen.st_dev && !same_content(&now, &file->seen);
}

/* The header may have changed: the file was written by a traced process, or by any; or the inode belongs to another file
 * now, which was opened. */
static bool must_read(struct header_file *file, const struct event *ev, const struct extent *e)
{
	if (file->reads == 0)
		return true;
	bool doubtful = (file->written && !e->writes) || e->file->opened > file->opened ||
			looks_changed(file, ev->time_ns);
	return doubtful && (file->reads < READS_AT_ONCE || ev->time_ns - file->read_ns >= READ_AGAIN_NS);
}

/* The regions of the extent's file as it is now. */
static const struct regions *regions_of(struct places *p, const struct event *ev, const struct extent *e)
{
	struct header_file *file = find_file(p, &e->file->id);
	if (!file)
		file = enter_file(p, &e->file->id);
	if (!file)
		return NULL;
	if (must_read(file, ev, e))
		read_header(p, file, ev, e);
	if (e->writes)
		file->written = true;
	return file->regions;
}

/* What was recorded of the file; NULL: nothing. */
static const struct regions *recorded_regions(struct places *p, const struct extent *e)
{
	const struct header_file *file = p->files ? find_file(p, &e->file->id) : NULL;
	return file ? file->regions : NULL;
}

int places_learn(struct places *p, const struct event_header *names)
{
	struct regions *regions = NULL;
	struct file_id id;
	if (!p->learned && !(p->learned = names_reader_new()))
		return -ENOMEM;
	int whole = names_reader_take(p->learned, names, &id, &regions);
	if (whole <= 0)
		return whole;
	struct header_file *file = find_file(p, &id);
	if (!file)
		file = enter_file(p, &id);
	if (file)
		set_regions(p, file, regions);
	else
		regions_free(regions);
	return 0;
}

void places_gap(struct places *p, uint64_t kinds)
{
	while ((kinds & KIND_BIT(EVENT_NAMES)) && p->files)
		forget_file(p, p->files);
	for (int i = 0; i < LOADS; i++)
		p->loads[i].tid = 0;
	if (kinds & (KIND_BIT(EVENT_SYSCALL) | KIND_BIT(EVENT_EXEC) | KIND_BIT(EVENT_EXIT)))
		mappings_forget(p->mappings);
}

/* ---- loads ---- */

static struct load *load_of(struct places *p, uint32_t tid)
{
	return &p->loads[tid % LOADS];
}

static void note_load(struct places *p, const struct event *ev)
{
	struct load *load = load_of(p, ev->tid);
	const struct app_event *app = &ev->app;
	if (ev->kind == EVENT_APP_MISS || ev->kind == EVENT_APP_PREFETCH) {
		load->tid = app->name.data ? ev->tid : 0;
		load->offset = app->args[APP_OFFSET];
		load->size = app->args[APP_SIZE];
		load->cut = app->name.cut;
		text_clear(&load->name);
		text_add(&load->name, app->name.data, app->name.len);
	} else if (load->tid == ev->tid && ev->kind != EVENT_APP_EVICT && ev->kind != EVENT_APP_POLICY) {
		load->tid = 0;
	}
}

/* The part of the model that the thread is loading. */
static bool find_load(struct places *p, const struct event *ev, const struct extent *e)
{
	const struct load *load = load_of(p, ev->tid);
	if (load->tid != ev->tid || e->writes || e->offset < load->offset ||
		e->offset - load->offset >= load->size || e->length > load->size - (e->offset - load->offset))
		return false;
	p->place = (struct place){
		.first = { load->name.data ? load->name.data : "", (uint32_t)load->name.len, load->cut },
		.offset = e->offset - load->offset,
	};
	return true;
}

/* ---- events ---- */

/* Keeps the path, which the mapping may lose with this very event. */
static bool find_mapped(struct places *p, struct event *ev, struct extent *extent)
{
	struct file_ref *file = &ev->call.mapped;
	if (!mappings_extent(p->mappings, ev, file, extent))
		return false;
	text_clear(&p->mapped);
	text_add(&p->mapped, file->path.data, file->path.len);
	file->path.data = p->mapped.failed || !file->path.len ? NULL : p->mapped.data;
	return true;
}

/* The parts of its file that an extent lies in; NULL: not known. */
static const struct place *name_extent(struct places *p, const struct event *ev, const struct extent *e)
{
	if (!e->file->id.ino || !S_ISREG(e->file->id.mode))
		return NULL;
	const struct regions *regions = p->options.may_open ? regions_of(p, ev, e) : recorded_regions(p, e);
	bool found = (regions && regions_find(regions, e->offset, e->length, &p->place)) ||
		     (!regions && find_load(p, ev, e));
	return found ? &p->place : NULL;
}

static void name_call(struct places *p, struct event *ev)
{
	struct extent extent;
	if (extent_of(&ev->call, &extent) || find_mapped(p, ev, &extent))
		ev->call.place = name_extent(p, ev, &extent);
}

/* Only a read may be that of a model whose load is known by probes alone. */
static bool may_write(const struct event *ev)
{
	return (ev->kind == EVENT_URING && uring_writes(ev->uring.opcode)) ||
	       (ev->kind == EVENT_FILE_IO && ev->file_io.sums->op == FILE_IO_WRITE) ||
	       (ev->kind == EVENT_BLOCK && ev->block.op != BLOCK_READ);
}

/* A fault that is known to the pages around it: its address says which page it was, where its mapping is known. */
static void find_page(struct places *p, struct event *ev)
{
	struct fault_event *fault = &ev->fault;
	uint64_t page;
	if (!(fault->flags & FAULT_AROUND) || !fault->address ||
		!mappings_page(p->mappings, ev, fault->address, fault->file.id.ino, &page) ||
		page < fault->start || page - fault->start >= fault->bytes)
		return;
	fault->start = page;
	fault->bytes = PAGE_BYTES;
	fault->flags &= ~(uint32_t)FAULT_AROUND;
}

static void name_range(struct places *p, struct event *ev)
{
	if (ev->kind == EVENT_FAULT)
		find_page(p, ev);
	struct event_range range;
	if (!event_range(ev, &range) || !range.located)
		return;
	struct extent extent = {
		.file = range.file,
		.fd = -1,
		.offset = range.start,
		.length = range.bytes,
		.writes = may_write(ev),
	};
	event_range_name(ev, name_extent(p, ev, &extent));
}

void places_name(struct places *p, struct event *ev)
{
	if (ev->kind == EVENT_MODEL)
		return;
	if (event_layer(ev) == LAYER_APP)
		note_load(p, ev);
	else if (event_layer(ev) == LAYER_SYSCALL)
		name_call(p, ev);
	else
		name_range(p, ev);
	mappings_take(p->mappings, ev);
}
