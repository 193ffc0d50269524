/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* a load without memory owns nothing */
#include "cause.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "cause_costs.h"
#include "inferred_loads.h"
#include "user/event/event_range.h"
#include "user/tables/file_op.h"

enum { LOADS_OPEN = 4096, LOADS_SEARCHED = 64 };

/* A load of libpagedbundle's, in its thread. */
struct own_load {
	uint32_t tid;
	uint64_t id, bundle;
	uint64_t start, size; /* in the bundle's file */
	char *path;           /* of that file; NULL: not known */
	uint32_t path_len;
	struct file_counts counts;
	UT_hash_handle hh;
};

struct cause {
	struct cause_output output;
	struct inferred_loads *inferred; /* NULL: not asked for */
	struct own_load *open;           /* uthash, by tid */
	uint64_t loads;                  /* ids given so far */
	struct load_costs costs;         /* of the load that ended last */
	bool own;                        /* loads of bundles are looked for */
	bool own_seen; /* the library's own events came: its files' loads are not inferred */
};

struct cause *cause_new(const struct cause_options *options, const struct cause_output *output)
{
	struct cause *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->output = *output;
	c->own = options->own;
	c->inferred = options->infer ? inferred_loads_new(&c->loads, output) : NULL;
	if (options->infer && !c->inferred) {
		free(c);
		return NULL;
	}
	return c;
}

static void drop(struct cause *c, struct own_load *load)
{
	if (!load)
		return;
	HASH_DEL(c->open, load);
	free(load->path);
	free(load);
}

void cause_gap(struct cause *c)
{
	struct own_load *load, *next;
	HASH_ITER (hh, c->open, load, next)
		drop(c, load);
}

void cause_free(struct cause *c)
{
	if (!c)
		return;
	cause_gap(c);
	inferred_loads_free(c->inferred);
	free(c);
}

/* ---- loads of libpagedbundle ---- */

static struct own_load *load_of(const struct cause *c, uint32_t tid)
{
	struct own_load *load;
	HASH_FIND(hh, c->open, &tid, sizeof(tid), load);
	return load;
}

static void begin(struct cause *c, struct event *ev)
{
	const struct app_event *app = &ev->app;
	drop(c, load_of(c, ev->tid));
	struct own_load *load = HASH_COUNT(c->open) < LOADS_OPEN ? calloc(1, sizeof(*load)) : NULL;
	if (!load)
		return;
	load->tid = ev->tid;
	load->bundle = app->bundle;
	load->start = app->args[APP_OFFSET];
	load->size = app->args[APP_SIZE];
	HASH_ADD(hh, c->open, tid, sizeof(load->tid), load);
	if (!load->hh.tbl) {
		free(load);
		return;
	}
	if (app->bundle_path.data && !app->bundle_path.cut && app->bundle_path.len) {
		load->path = malloc(app->bundle_path.len);
		load->path_len = load->path ? app->bundle_path.len : 0;
		if (load->path)
			memcpy(load->path, app->bundle_path.data, app->bundle_path.len);
	}
	ev->load = load->id = ++c->loads;
}

static void end(struct cause *c, struct own_load *load, struct event *ev)
{
	ev->load = load->id;
	if (ev->kind == EVENT_APP_LOAD) {
		c->costs = load_costs_of(&load->counts.sums);
		ev->costs = &c->costs;
	}
	drop(c, load);
}

static void take_app(struct cause *c, struct event *ev)
{
	struct own_load *load;
	c->own_seen = true;
	if (!c->own)
		return;
	switch (ev->kind) {
	case EVENT_APP_MISS:
	case EVENT_APP_PREFETCH:
		begin(c, ev);
		return;
	case EVENT_APP_HIT: /* the end of the load before was not emitted */
		drop(c, load_of(c, ev->tid));
		return;
	case EVENT_APP_EVICT: /* it makes room for the load */
		load = load_of(c, ev->tid);
		ev->within_load = load && load->bundle == ev->app.bundle;
		ev->load = ev->within_load ? load->id : 0;
		return;
	case EVENT_APP_LOAD:
	case EVENT_APP_ERROR:
		load = load_of(c, ev->tid);
		if (load && load->bundle == ev->app.bundle)
			end(c, load, ev);
		return;
	}
}

static bool covers(const struct own_load *load, const struct file_op *op)
{
	const struct file_ref *file = op->file;
	return load->path && op->located && op->start >= load->start &&
	       op->start - load->start < load->size && file->path.len == load->path_len &&
	       memcmp(file->path.data, load->path, load->path_len) == 0;
}

/* The load of another thread whose bytes an operation is on. */
static struct own_load *load_covering(const struct cause *c, const struct file_op *op)
{
	unsigned searched = 0;
	if (!op->file || !op->file->path.data ||
		(op->way != WAY_READ && op->way != WAY_URING_READ && op->way != WAY_FAULT &&
			op->way != WAY_FILL))
		return NULL;
	for (struct own_load *load = c->open; load && searched < LOADS_SEARCHED;
		load = load->hh.next, searched++)
		if (covers(load, op))
			return load;
	return NULL;
}

/* Any call of the load's own thread is in it, and what others do on its bytes. */
static void take_other(struct cause *c, struct event *ev)
{
	struct own_load *own = load_of(c, ev->tid);
	struct file_op ops[FILE_OPS_MAX];
	unsigned count = file_ops_of(ev, ops);
	for (unsigned i = 0; i < count; i++) {
		struct own_load *load = own ? own : load_covering(c, &ops[i]);
		if (!load)
			continue;
		file_op_add(&ops[i], &load->counts);
		ev->load = load->id;
		ev->within_load = true;
	}
	if (!own || ev->load)
		return;
	if (ev->kind == EVENT_SYSCALL && ev->duration_ns != NO_DURATION)
		own->counts.sums.call_ns += ev->duration_ns;
	ev->load = own->id;
	ev->within_load = true;
}

/* ---- all ---- */

int cause_take(struct cause *c, struct event *ev)
{
	enum layer layer = event_layer(ev);
	if (layer == LAYER_APP && ev->kind != EVENT_MODEL) {
		take_app(c, ev);
		return c->inferred ? inferred_loads_pass(c->inferred, ev->time_ns) : 0;
	}
	c->own_seen = c->own_seen || ev->kind == EVENT_MODEL;
	if (ev->kind == EVENT_EXIT || ev->kind == EVENT_EXEC)
		drop(c, load_of(c, ev->tid));
	else if (layer != LAYER_PROCESS && c->open)
		take_other(c, ev);
	return c->inferred && !ev->load ? inferred_loads_take(c->inferred, ev, c->own_seen) : 0;
}

int cause_finish(struct cause *c)
{
	return c->inferred ? inferred_loads_finish(c->inferred) : 0;
}

uint64_t cause_not_inferred(const struct cause *c)
{
	return c->inferred ? inferred_loads_left_out(c->inferred) : 0;
}
