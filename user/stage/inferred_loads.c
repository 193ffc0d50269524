/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory is left out, and counted */
#include "inferred_loads.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "cause_costs.h"
#include "inferred_parts.h"
#include "user/tables/file_op.h"

enum {
	RANGES_BYTES = 8 << 20,
	PARTS_AT_ONCE = 4096,
	PAGE_BYTES = 4096,
	AROUND_BYTES = 16 * PAGE_BYTES, /* that a fault maps at once */
};

/* A thread's wait for the disk is told after its call. */
struct toucher {
	uint32_t tid;
	struct part *part;
	UT_hash_handle hh;
};

struct inferred_loads {
	uint64_t *ids;
	bool storage_seen;
	struct cause_output output;
	struct inferred_parts parts;
	struct part *open;
	struct toucher *touchers;
	struct off_cpu off;
	const struct part *loaded_last;
	size_t room; /* for ranges */
	uint64_t left_out, now_ns;
	int err; /* of the output */
};

struct inferred_loads *inferred_loads_new(uint64_t *ids, bool storage_seen, const struct cause_output *output)
{
	struct inferred_loads *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->ids = ids;
	l->storage_seen = storage_seen;
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
	if (!l)
		return;
	inferred_parts_free(&l->parts);
	forget_touchers(l);
	off_cpu_free(&l->off);
	free(l);
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

static void forget_touched(struct inferred_loads *l, struct part *part)
{
	l->room += part->touched.cap * sizeof(struct covered_range);
	covered_free(&part->touched);
}

static void load_ends(struct inferred_loads *l, struct part *part)
{
	const struct load_costs costs = load_costs_of(&part->counts.sums, &part->off, l->storage_seen);
	const struct event ev = event_of(l, part, &costs);
	int err = l->output.made(l->output.ctx, &ev);
	l->err = l->err ? l->err : err;
	DL_DELETE(l->open, part);
	part->id = 0;
	part->whole = part->full = part->timed = false;
	part->came = part->came_again = 0;
	part->off = (struct off_cpu_sums){ 0 };
	memset(&part->counts, 0, sizeof(part->counts));
	forget_touched(l, part);
}

/* What may have been touched before a load belongs to it if that was not long ago. Pages from storage always do. */
static void take_perhaps(struct inferred_loads *l, struct part *part)
{
	uint64_t from = part->perhaps_from_ns;
	part->perhaps_from_ns = 0;
	if (!from)
		return;
	if (part->perhaps_ns + TURNED_NS >= part->begun_ns) {
		part->begun_ns = from < part->begun_ns ? from : part->begun_ns;
		return;
	}
	forget_touched(l, part);
	part->counts.sums = (struct file_sums){ .fill_bytes = part->counts.sums.fill_bytes };
}

static void load_begins(struct inferred_loads *l, struct part *part, uint64_t begun_ns)
{
	part->id = ++*l->ids;
	part->reload = part->came_again > 0;
	part->gone_ns = part->reload && begun_ns > part->last_ns ? begun_ns - part->last_ns : 0;
	part->before = l->loaded_last == part ? NULL : l->loaded_last;
	part->begun_ns = part->last_ns = begun_ns;
	part->loads++;
	take_perhaps(l, part);
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

/* A part that came from storage as a whole, and nobody was seen to touch: what maps a huge page at once makes no fault that
 * is seen. */
static void untouched(struct inferred_loads *l, struct part *part)
{
	part->perhaps_from_ns = 0;
	forget_touched(l, part);
	load_begins(l, part, part->last_ns);
	load_ends(l, part);
}

int inferred_loads_finish(struct inferred_loads *l)
{
	struct part *part, *next;
	while (l->open)
		load_ends(l, l->open);
	HASH_ITER (hh, l->parts.parts, part, next)
		if (!part->loads && part->came >= part->end - part->key.start)
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
	bool exact = part->cached.granule <= PAGE_BYTES; /* what came are pages */
	uint64_t again = exact ? covered_bytes(&part->cached, use->from, use->to) : 0;
	covered_add(&part->cached, use->from, use->to, &l->room);
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
		toucher->part = part;
		HASH_ADD(hh, l->touchers, tid, sizeof(toucher->tid), toucher);
		if (!toucher->hh.tbl)
			free(toucher);
		return;
	}
	if (!toucher || toucher->part == part)
		return;
	if (toucher->part->id && toucher->part->full)
		load_ends(l, toucher->part);
	toucher->part = part;
}

/* Uses of several threads overlap, and are not told in their order. */
static void note_use(struct part *part, const struct use *use)
{
	uint64_t from = time_at(use, use->from), to = time_at(use, use->to);
	if (from < part->begun_ns)
		part->begun_ns = from;
	if (to > part->last_ns)
		part->last_ns = to;
}

/* Times off the CPU of a thread that touches the part, within its load. */
static void take_off(struct inferred_loads *l, struct part *part, uint32_t tid)
{
	const struct off_cpu_sums off = off_cpu_take(&l->off, tid, part->begun_ns, part->last_ns);
	part->off.blocked_ns += off.blocked_ns;
	part->off.runnable_ns += off.runnable_ns;
}

static void touched(struct inferred_loads *l, struct part *part, const struct use *use)
{
	if (use->op->way != WAY_FAULT) /* the pages around a fault need not have been there */
		covered_add(&part->cached, use->from, use->to, &l->room);
	bool begins = !part->id && (!part->loads || part->came); /* else it was there */
	if (begins)
		load_begins(l, part, time_at(use, use->from));
	note_use(part, use);
	if (!part->id)
		return;
	part->pid = use->ev->pid;
	part->tid = use->ev->tid;
	take_off(l, part, use->ev->tid);
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
	part->full = true;
	if (use->op->way ==
		WAY_FAULT) /* pages around the last ones may still be touched: it ends when the thread turns */
		return;
	part->whole = true;
	DL_DELETE(l->open, part);
	DL_PREPEND(l->open, part);
}

/* A load whose bytes were all asked for ends with the next event but those that follow its last use: the wait for the disk
 * of a call, and the event of a fault. */
static void end_whole(struct inferred_loads *l, const struct event *ev)
{
	if (ev->kind == EVENT_FAULT || (ev->kind == EVENT_FILE_IO && ev->file_io.sums->bytes == 0))
		return;
	while (l->open && l->open->whole)
		load_ends(l, l->open);
}

/* A run of faults is known to the pages around them: a part at its beginning or end has been touched for sure if all of
 * these may lie in it, or may have been. */
static bool is_asked_for(const struct use *use, const struct region_range *region)
{
	uint64_t start = use->op->start, bytes = use->op->all.bytes, share = use->to - use->from;
	bool between = use->op->all.count > 1 && region->start > start && region->end < start + bytes;
	return between || share >= (bytes < AROUND_BYTES ? bytes : AROUND_BYTES);
}

/* The part may have been touched, or its neighbour: that begins no load, and belongs to one that follows soon. */
static void touched_perhaps(struct inferred_loads *l, struct part *part, const struct use *use)
{
	covered_add(&part->touched, use->from, use->to, &l->room);
	add_share(use, part);
	if (part->perhaps_ns + TURNED_NS < use->begun_ns || !part->perhaps_from_ns)
		part->perhaps_from_ns = use->begun_ns;
	part->perhaps_ns = use->ended_ns;
}

/* NULL: no memory for it. */
static struct part *part_of(
	struct inferred_loads *l, const struct part_file *file, const struct region_range *region)
{
	struct part *part = inferred_parts_part(&l->parts, file, region);
	if (!part || inferred_part_is(part, region))
		return part;
	if (part->id)
		load_ends(l, part);
	return inferred_part_change(part, region, &l->room) ? part : NULL;
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
	struct part *part = part_of(l, file, region);
	l->left_out += !part;
	if (part && op->way == WAY_FILL)
		filled(l, part, use);
	else if (part && (part->id || op->way != WAY_FAULT || is_asked_for(use, region)))
		touched(l, part, use);
	else if (part)
		touched_perhaps(l, part, use);
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
	struct part_file *file = inferred_parts_file(&l->parts, op->file);
	struct region_range region;
	struct use use = { .ev = ev, .op = op };
	note_times(&use);
	uint32_t from = place->from + place->header, to = place->to, i = from;
	for (; file && i <= to && i - from < PARTS_AT_ONCE; i++)
		if (regions_at(place->regions, i, &region))
			use_part(l, file, &region, &use);
	if (i <= to)
		l->left_out += to - i + 1;
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

/* The event of a fault, which is counted in its sums. */
static void add_fault(struct inferred_loads *l, struct event *ev)
{
	const struct place *place = ev->fault.place;
	struct region_range region;
	struct part_file *file =
		place && place->regions ? inferred_parts_file(&l->parts, &ev->fault.file) : NULL;
	if (!file || !regions_at(place->regions, place->from, &region) || place->from != place->to)
		return;
	const struct part *part = inferred_parts_part(&l->parts, file, &region);
	ev->load = part ? part->id : 0;
}

int inferred_loads_take(struct inferred_loads *l, struct event *ev, bool own)
{
	struct file_op ops[FILE_OPS_MAX];
	/* sums are told after what they are about */
	bool late = ev->kind == EVENT_FILE_IO && ev->file_io.sums->begun_ns &&
		    ev->file_io.sums->begun_ns < ev->time_ns;
	inferred_loads_pass(l, late ? ev->file_io.sums->begun_ns : ev->time_ns);
	if (ev->kind == EVENT_SCHED) {
		off_cpu_keep(&l->off, ev);
		return l->err;
	}
	if (ev->kind == EVENT_SYSCALL && !ev->call.place && !l->open)
		return l->err; /* most calls */
	unsigned count = file_ops_of(ev, ops);
	if (l->open)
		end_whole(l, ev);
	if (ev->kind == EVENT_FILE_IO && ev->file_io.sums->wait_ns && !ev->file_io.sums->bytes)
		add_wait(l, ev);
	if (ev->kind == EVENT_FAULT)
		add_fault(l, ev);
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
