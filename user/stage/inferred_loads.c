/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is left out, and counted */
#include "inferred_loads.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "cause_costs.h"
#include "user/modelfile/regions.h"
#include "user/tables/covered.h"
#include "user/tables/file_op.h"

enum {
	RANGES_BYTES = 8 << 20,
	PARTS_AT_ONCE = 4096,
	AROUND_BYTES = 64 << 10, /* that a fault maps at once */
};

struct part_file {
	struct {
		uint64_t ino, dev;
	} key;
	struct file_id id;
	char *path;
	uint32_t path_len;
	bool path_cut, deleted;
	UT_hash_handle hh;
};

struct part {
	struct {
		const struct part_file *file;
		uint64_t start; /* in the file */
	} key;
	uint64_t end;
	char *name;
	uint32_t name_len;
	bool name_cut;
	uint32_t pid, tid;              /* that touched it last */
	uint64_t id;                    /* of the load that is open; 0: none is */
	uint64_t begun_ns, last_ns;     /* of the load; last_ns stays */
	uint64_t gone_ns;               /* of a reload */
	bool reload, whole, timed;      /* whole: all its bytes were asked for; timed: how long is known */
	uint64_t loads;                 /* that have begun */
	uint64_t came, came_again;      /* bytes from storage since the last load ended */
	const struct part *before;      /* of the load: the part that was loaded last before it */
	struct covered touched, filled; /* in this load; in this run */
	struct file_counts counts;      /* of the load, and what came before it since the last one */
	struct part *prev, *next;       /* of those whose load is open: the one used last is the last */
	UT_hash_handle hh;              /* by key */
};

/* A thread's wait for the disk is told after its call. */
struct toucher {
	uint32_t tid;
	struct part *part;
	UT_hash_handle hh;
};

struct inferred_loads {
	uint64_t *ids;
	struct cause_output output;
	struct part_file *files;
	struct part *parts, *open;
	struct toucher *touchers;
	const struct part *loaded_last;
	size_t room; /* for ranges */
	uint64_t left_out, now_ns;
	int err; /* of the output */
};

struct inferred_loads *inferred_loads_new(uint64_t *ids, const struct cause_output *output)
{
	struct inferred_loads *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->ids = ids;
	l->output = *output;
	l->room = RANGES_BYTES;
	return l;
}

static void forget_touchers(struct inferred_loads *l)
{
	struct toucher *toucher, *next;
	HASH_ITER (hh, l->touchers, toucher, next) {
		HASH_DEL(l->touchers, toucher);
		free(toucher);
	}
}

void inferred_loads_free(struct inferred_loads *l)
{
	struct part *part, *next_part;
	struct part_file *file, *next_file;
	if (!l)
		return;
	HASH_ITER (hh, l->parts, part, next_part) {
		HASH_DEL(l->parts, part);
		covered_free(&part->touched);
		covered_free(&part->filled);
		free(part->name);
		free(part);
	}
	HASH_ITER (hh, l->files, file, next_file) {
		HASH_DEL(l->files, file);
		free(file->path);
		free(file);
	}
	forget_touchers(l);
	free(l);
}

/* ---- files and parts ---- */

static char *copy_of(struct span s)
{
	char *copy = malloc(s.len + 1);
	if (copy)
		memcpy(copy, s.data, s.len);
	return copy;
}

/* NULL: no memory for it. */
static struct part_file *file_of(struct inferred_loads *l, const struct file_ref *ref)
{
	struct part_file *file, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.ino = ref->id.ino;
	probe.key.dev = ref->id.dev;
	HASH_FIND(hh, l->files, &probe.key, sizeof(probe.key), file);
	if (file || HASH_COUNT(l->files) >= INFERRED_PARTS)
		return file;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->key = probe.key;
	file->id = ref->id;
	file->path = ref->path.data ? copy_of(ref->path) : NULL;
	file->path_len = file->path ? ref->path.len : 0;
	file->path_cut = ref->path.cut;
	file->deleted = ref->deleted;
	HASH_ADD(hh, l->files, key, sizeof(file->key), file);
	if (file->hh.tbl)
		return file;
	free(file->path);
	free(file);
	return NULL;
}

static struct part *part_new(
	struct inferred_loads *l, const struct part *probe, const struct region_range *region)
{
	struct part *part = HASH_COUNT(l->parts) < INFERRED_PARTS ? calloc(1, sizeof(*part)) : NULL;
	if (!part)
		return NULL;
	part->key = probe->key;
	part->end = region->end;
	part->name = copy_of(region->name);
	part->name_len = region->name.len;
	part->name_cut = region->name.cut;
	if (part->name)
		HASH_ADD(hh, l->parts, key, sizeof(part->key), part);
	if (part->name && part->hh.tbl)
		return part;
	free(part->name);
	free(part);
	return NULL;
}

/* NULL: no memory for it. */
static struct part *part_of(
	struct inferred_loads *l, const struct part_file *file, const struct region_range *region)
{
	struct part *part, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.file = file;
	probe.key.start = region->start;
	HASH_FIND(hh, l->parts, &probe.key, sizeof(probe.key), part);
	if (!part)
		part = part_new(l, &probe, region);
	l->left_out += !part;
	return part;
}

/* ---- a load ---- */

static struct span span_of(const char *data, uint32_t len, bool cut)
{
	return (struct span){ data, len, cut };
}

static struct event event_of(
	const struct inferred_loads *l, const struct part *part, const struct load_costs *costs)
{
	const struct part_file *file = part->key.file;
	struct event ev = {
		.time_ns = l->now_ns,
		.duration_ns = part->timed ? part->last_ns - part->begun_ns : NO_DURATION,
		.pid = part->pid,
		.tid = part->tid,
		.kind = EVENT_INFERRED,
		.load = part->id,
		.costs = costs,
	};
	ev.inferred = (struct load_event){
		.file = { .id = file->id,
			.path = span_of(file->path, file->path_len, file->path_cut),
			.deleted = file->deleted },
		.part = span_of(part->name, part->name_len, part->name_cut),
		.start = part->key.start,
		.bytes = part->end - part->key.start,
		.touched = covered_bytes(&part->touched, part->key.start, part->end),
		.idle_ns = l->now_ns > part->last_ns ? l->now_ns - part->last_ns : 0,
		.reload = part->reload,
		.gone_ns = part->gone_ns,
	};
	if (part->reload && part->before)
		ev.inferred.instead =
			span_of(part->before->name, part->before->name_len, part->before->name_cut);
	return ev;
}

static void load_ends(struct inferred_loads *l, struct part *part)
{
	const struct load_costs costs = load_costs_of(&part->counts.sums);
	const struct event ev = event_of(l, part, &costs);
	int err = l->output.made(l->output.ctx, &ev);
	l->err = l->err ? l->err : err;
	DL_DELETE(l->open, part);
	part->id = 0;
	part->whole = part->timed = false;
	part->came = part->came_again = 0;
	memset(&part->counts, 0, sizeof(part->counts));
	l->room += part->touched.cap * sizeof(struct covered_range);
	covered_free(&part->touched);
	part->touched = (struct covered){ 0 };
}

static void load_begins(struct inferred_loads *l, struct part *part, uint64_t begun_ns)
{
	part->id = ++*l->ids;
	part->reload = part->came_again > 0;
	part->gone_ns = part->reload && begun_ns > part->last_ns ? begun_ns - part->last_ns : 0;
	part->before = l->loaded_last == part ? NULL : l->loaded_last;
	part->begun_ns = begun_ns;
	part->loads++;
	l->loaded_last = part;
	DL_APPEND(l->open, part);
}

int inferred_loads_pass(struct inferred_loads *l, uint64_t now_ns)
{
	if (now_ns > l->now_ns)
		l->now_ns = now_ns;
	while (l->open && l->open->last_ns + TURNED_NS < l->now_ns)
		load_ends(l, l->open);
	return l->err;
}

/* A part that came from storage, and nobody was seen to touch: what maps a huge page at once makes no fault that is seen. */
static void untouched(struct inferred_loads *l, struct part *part)
{
	load_begins(l, part, part->last_ns);
	load_ends(l, part);
}

int inferred_loads_finish(struct inferred_loads *l)
{
	struct part *part, *next;
	while (l->open)
		load_ends(l, l->open);
	HASH_ITER (hh, l->parts, part, next)
		if (part->came && !part->loads)
			untouched(l, part);
	return l->err;
}

/* ---- what was done to parts ---- */

/* An operation, and the event that it is of. */
struct use {
	struct event *ev;
	const struct file_op *op;
	uint64_t from, to;           /* of it, within the part */
	uint64_t begun_ns, ended_ns; /* of all of it; the same: how long it took is not known */
};

/* When an operation came to one of its bytes: they follow each other. */
static uint64_t time_at(const struct use *use, uint64_t byte)
{
	unsigned __int128 took = use->ended_ns - use->begun_ns;
	return use->begun_ns + (uint64_t)(took * (byte - use->op->start) / use->op->all.bytes);
}

static void add_share(const struct use *use, struct part *part)
{
	file_op_add_share(use->op, use->from - use->op->start, use->to - use->op->start, &part->counts);
}

/* Pages of the part came from storage. */
static void filled(struct inferred_loads *l, struct part *part, const struct use *use)
{
	uint64_t again = covered_bytes(&part->filled, use->from, use->to);
	covered_add(&part->filled, use->from, use->to, &l->room);
	if (!part->loads && !part->pid) {
		part->pid = use->ev->pid;
		part->tid = use->ev->tid;
		part->last_ns = use->ended_ns;
	}
	part->came += use->to - use->from;
	part->came_again += again;
	if (part->id && again)
		part->reload = true;
	add_share(use, part);
	if (part->id && !use->ev->load)
		use->ev->load = part->id;
}

static void note_toucher(struct inferred_loads *l, uint32_t tid, struct part *part)
{
	struct toucher *toucher;
	HASH_FIND(hh, l->touchers, &tid, sizeof(tid), toucher);
	if (!toucher && HASH_COUNT(l->touchers) >= INFERRED_THREADS)
		forget_touchers(l);
	if (!toucher && (toucher = calloc(1, sizeof(*toucher)))) {
		toucher->tid = tid;
		HASH_ADD(hh, l->touchers, tid, sizeof(toucher->tid), toucher);
		if (!toucher->hh.tbl) {
			free(toucher);
			return;
		}
	}
	if (toucher)
		toucher->part = part;
}

static void touched(struct inferred_loads *l, struct part *part, const struct use *use)
{
	if (!part->id && part->loads && !part->came) {
		part->last_ns = time_at(use, use->to); /* it was there: no load */
		return;
	}
	if (!part->id)
		load_begins(l, part, time_at(use, use->from));
	part->pid = use->ev->pid;
	part->tid = use->ev->tid;
	part->last_ns = time_at(use, use->to);
	part->timed |= use->ended_ns > use->begun_ns;
	if (!part->whole) {
		DL_DELETE(l->open, part);
		DL_APPEND(l->open, part);
	}
	if (!use->ev->load)
		use->ev->load = part->id;
	covered_add(&part->touched, use->from, use->to, &l->room);
	add_share(use, part);
	note_toucher(l, use->ev->tid, part);
	uint64_t bytes = part->end - part->key.start;
	if (covered_bytes(&part->touched, part->key.start, part->end) < bytes)
		return;
	part->whole = true;
	DL_DELETE(l->open, part);
	DL_PREPEND(l->open, part);
}

/* A load whose bytes were all asked for ends with the next event but the wait for the disk of its last call. */
static void end_whole(struct inferred_loads *l, const struct event *ev)
{
	if (ev->kind == EVENT_FILE_IO && ev->file_io.sums->bytes == 0)
		return;
	while (l->open && l->open->whole)
		load_ends(l, l->open);
}

/* A fault is known to the pages around it, which its neighbours may have a share in: where they begin or end, only what is
 * more than half of them counts. */
static bool is_asked_for(const struct use *use, const struct region_range *region)
{
	uint64_t start = use->op->start, end = start + use->op->all.bytes, share = use->to - use->from;
	uint64_t around = use->op->all.bytes < AROUND_BYTES ? use->op->all.bytes : AROUND_BYTES;
	bool inside = region->start > start && region->end < end;
	if (use->op->all.count == 1)
		inside = false; /* one page of all of them */
	return inside || share * 2 > around;
}

static void use_part(struct inferred_loads *l, const struct part_file *file,
	const struct region_range *region, struct use *use)
{
	const struct file_op *op = use->op;
	uint64_t end = op->start + op->all.bytes;
	use->from = region->start > op->start ? region->start : op->start;
	use->to = region->end < end ? region->end : end;
	if (use->from >= use->to)
		return;
	if (op->way == WAY_FAULT && !is_asked_for(use, region))
		return;
	struct part *part = part_of(l, file, region);
	if (part && op->way == WAY_FILL)
		filled(l, part, use);
	else if (part)
		touched(l, part, use);
}

/* Times of other processes' making may be anything. */
static void note_times(struct use *use)
{
	const struct event *ev = use->ev;
	const struct event_file_io *sums = ev->kind == EVENT_FILE_IO ? ev->file_io.sums : NULL;
	use->ended_ns = sums && sums->ended_ns && sums->ended_ns < ev->time_ns ? sums->ended_ns : ev->time_ns;
	if (sums && sums->begun_ns && sums->begun_ns < use->ended_ns)
		use->begun_ns = sums->begun_ns;
	else
		use->begun_ns = use->op->all.ns < use->ended_ns ? use->ended_ns - use->op->all.ns : 0;
}

static void use_parts(struct inferred_loads *l, struct event *ev, const struct file_op *op)
{
	const struct place *place = op->place;
	struct part_file *file = file_of(l, op->file);
	struct region_range region;
	struct use use = { .ev = ev, .op = op };
	note_times(&use);
	uint32_t from = place->from + place->header, to = place->to;
	for (uint32_t i = from; file && i <= to && i - from < PARTS_AT_ONCE; i++)
		if (regions_at(place->regions, i, &region))
			use_part(l, file, &region, &use);
}

/* Bytes at a known place of a file whose parts are known. */
static bool is_use(const struct file_op *op, bool own)
{
	if (!op->place || !op->place->regions || !op->located || !op->all.bytes ||
		op->all.bytes > UINT64_MAX - op->start)
		return false;
	if (op->way != WAY_READ && op->way != WAY_URING_READ && op->way != WAY_FAULT && op->way != WAY_FILL)
		return false;
	const char *format = regions_format(op->place->regions);
	return !own || !format || strcmp(format, "apbundle") != 0;
}

/* A wait for the disk of the thread's last call. */
static void add_wait(struct inferred_loads *l, struct event *ev)
{
	struct toucher *toucher;
	HASH_FIND(hh, l->touchers, &ev->tid, sizeof(ev->tid), toucher);
	if (!toucher || !toucher->part->id)
		return;
	toucher->part->counts.sums.disk_ns += ev->file_io.sums->wait_ns;
	ev->load = toucher->part->id;
}

int inferred_loads_take(struct inferred_loads *l, struct event *ev, bool own)
{
	struct file_op ops[FILE_OPS_MAX];
	inferred_loads_pass(l, ev->time_ns);
	unsigned count = file_ops_of(ev, ops);
	if (l->open)
		end_whole(l, ev);
	if (ev->kind == EVENT_FILE_IO && ev->file_io.sums->wait_ns && !ev->file_io.sums->bytes)
		add_wait(l, ev);
	for (unsigned i = 0; i < count; i++) {
		if (is_use(&ops[i], own))
			use_parts(l, ev, &ops[i]);
	}
	return l->err;
}

uint64_t inferred_loads_left_out(const struct inferred_loads *l)
{
	return l->left_out;
}
