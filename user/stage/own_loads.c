/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* a load without memory owns nothing */
#include "own_loads.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "cause_costs.h"
#include "user/tables/file_op.h"

enum { SEARCHED = 64 }; /* loads of other threads, for one event */

struct own_load {
	uint64_t id, bundle, name; /* name: a hash */
	uint64_t start, size;      /* in the bundle's file */
	bool over; /* another thread has loaded it: it owns only what is on its bytes, should they be loaded again */
	struct file_counts counts;
	struct off_cpu_sums off;
	struct own_load *prev, *next; /* of its thread, the one that began first is the first */
};

/* A thread with open loads. */
struct loader {
	uint32_t tid, pid;
	struct own_load *loads;
	char *path; /* of the bundle's file of the last one; NULL: not known */
	uint32_t path_len;
	struct file_id file; /* the same, as the thread has read it; ino 0: not yet */
	UT_hash_handle hh;
};

struct own_loads {
	uint64_t *ids;
	bool storage_seen;
	struct loader *loaders; /* uthash, by tid */
	unsigned open;          /* loads */
	struct load_costs costs;
};

struct own_loads *own_loads_new(uint64_t *ids, bool storage_seen)
{
	struct own_loads *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->ids = ids;
	l->storage_seen = storage_seen;
	return l;
}

static struct loader *loader_of(const struct own_loads *l, uint32_t tid)
{
	struct loader *loader;
	HASH_FIND(hh, l->loaders, &tid, sizeof(tid), loader);
	return loader;
}

static void loader_free(struct own_loads *l, struct loader *loader)
{
	HASH_DEL(l->loaders, loader);
	free(loader->path);
	free(loader);
}

static void drop(struct own_loads *l, struct loader *loader, struct own_load *load)
{
	DL_DELETE(loader->loads, load);
	free(load);
	l->open--;
	if (!loader->loads)
		loader_free(l, loader);
}

static void drop_all(struct own_loads *l, struct loader *loader)
{
	struct own_load *load, *next;
	DL_FOREACH_SAFE(loader->loads, load, next)
	{
		free(load);
		l->open--;
	}
	loader_free(l, loader);
}

void own_loads_end_thread(struct own_loads *l, uint32_t tid)
{
	struct loader *loader = loader_of(l, tid);
	if (loader)
		drop_all(l, loader);
}

void own_loads_end_all(struct own_loads *l)
{
	while (l->loaders)
		drop_all(l, l->loaders);
}

void own_loads_free(struct own_loads *l)
{
	if (!l)
		return;
	own_loads_end_all(l);
	free(l);
}

static void drop_over(struct own_loads *l, struct loader *loader)
{
	struct own_load *load, *next;
	bool more = true;
	for (load = loader->loads; load && more; load = next) {
		next = load->next;
		more = next != NULL;
		if (load->over)
			drop(l, loader, load);
	}
}

/* The load that began last, of those that go on; NULL: none does. */
static struct own_load *last_of(const struct loader *loader)
{
	struct own_load *last = NULL, *load;
	DL_FOREACH(loader->loads, load)
	last = load->over ? last : load;
	return last;
}

/* ---- a load begins ---- */

static uint64_t hash_of(struct span name)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (uint32_t i = 0; name.data && i < name.len; i++)
		hash = (hash ^ (unsigned char)name.data[i]) * 0x100000001b3;
	return hash;
}

static void note_path(struct loader *loader, struct span path)
{
	if (path.len == loader->path_len && path.len && memcmp(path.data, loader->path, path.len) == 0)
		return;
	free(loader->path);
	loader->file.ino = 0;
	loader->path = path.data && path.len && !path.cut ? malloc(path.len) : NULL;
	loader->path_len = loader->path ? path.len : 0;
	if (loader->path)
		memcpy(loader->path, path.data, path.len);
}

/* NULL: no memory for it. */
static struct loader *loader_new(struct own_loads *l, const struct event *ev)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	if (!loader)
		return NULL;
	loader->tid = ev->tid;
	loader->pid = ev->pid;
	HASH_ADD(hh, l->loaders, tid, sizeof(loader->tid), loader);
	if (loader->hh.tbl)
		return loader;
	free(loader);
	return NULL;
}

static struct own_load *find(const struct loader *loader, const struct app_event *app)
{
	struct own_load *load;
	uint64_t name = hash_of(app->name);
	DL_FOREACH(loader->loads, load)
	if (load->bundle == app->bundle && load->name == name && load->start == app->args[APP_OFFSET])
		return load;
	return NULL;
}

static void begin(struct own_loads *l, struct event *ev)
{
	const struct app_event *app = &ev->app;
	struct loader *loader = loader_of(l, ev->tid);
	struct own_load *load = loader ? find(loader, app) : NULL;
	if (load)
		load->over = true;
	if (loader)
		drop_over(l, loader);
	load = l->open < OWN_LOADS ? calloc(1, sizeof(*load)) : NULL;
	loader = load ? loader_of(l, ev->tid) : NULL;
	if (load && !loader && !(loader = loader_new(l, ev))) {
		free(load);
		load = NULL;
	}
	if (!load)
		return;
	load->bundle = app->bundle;
	load->name = hash_of(app->name);
	load->start = app->args[APP_OFFSET];
	load->size = app->args[APP_SIZE];
	DL_APPEND(loader->loads, load);
	l->open++;
	note_path(loader, app->bundle_path);
	ev->load = load->id = ++*l->ids;
}

/* ---- a load ends ---- */

/* Threads that wait for a load of another thread have missed, too: their misses have no load of their own, unless it is
 * evicted before they look. */
static void end_waiting(struct own_loads *l, const struct event *ev)
{
	unsigned searched = 0;
	for (struct loader *loader = l->loaders; loader && searched < SEARCHED;
		loader = loader->hh.next, searched++) {
		struct own_load *load =
			loader->pid == ev->pid && loader->tid != ev->tid ? find(loader, &ev->app) : NULL;
		if (load)
			load->over = true;
	}
}

static void end(struct own_loads *l, struct event *ev)
{
	struct loader *loader = loader_of(l, ev->tid);
	struct own_load *load = loader ? find(loader, &ev->app) : NULL;
	if (load) {
		ev->load = load->id;
		l->costs = load_costs_of(&load->counts.sums, &load->off, l->storage_seen);
		ev->costs = &l->costs;
		drop(l, loader, load);
	}
	end_waiting(l, ev);
}

/* The event has no offset: it is about all of the model's pages that the thread has been loading. */
static void fail(struct own_loads *l, struct event *ev)
{
	struct loader *loader = loader_of(l, ev->tid);
	struct own_load *load, *next;
	uint64_t name = hash_of(ev->app.name);
	bool more = loader != NULL;
	for (load = more ? loader->loads : NULL; load && more; load = next) {
		next = load->next;
		if (load->bundle != ev->app.bundle || load->name != name)
			continue;
		ev->load = load->id;
		more = loader->loads->next != NULL;
		drop(l, loader, load);
	}
}

static void end_bundle(struct own_loads *l, const struct event *ev)
{
	struct loader *loader, *next;
	HASH_ITER (hh, l->loaders, loader, next)
		if (loader->pid == ev->pid && loader->loads->bundle == ev->app.bundle)
			drop_all(l, loader);
}

/* It makes room for the load that began last. */
static void note_eviction(const struct own_loads *l, struct event *ev)
{
	const struct loader *loader = loader_of(l, ev->tid);
	const struct own_load *load = loader ? last_of(loader) : NULL;
	ev->within_load = load && load->bundle == ev->app.bundle;
	ev->load = ev->within_load ? load->id : 0;
}

void own_loads_app(struct own_loads *l, struct event *ev)
{
	struct loader *loader = loader_of(l, ev->tid);
	switch (ev->kind) {
	case EVENT_APP_MISS:
	case EVENT_APP_PREFETCH:
		begin(l, ev);
		return;
	case EVENT_APP_HIT:
		if (loader)
			drop_over(l, loader);
		return;
	case EVENT_APP_EVICT:
		note_eviction(l, ev);
		return;
	case EVENT_APP_LOAD:
		end(l, ev);
		return;
	case EVENT_APP_ERROR:
		fail(l, ev);
		return;
	case EVENT_APP_CLOSE:
		end_bundle(l, ev);
		return;
	}
}

/* ---- what serves it ---- */

static bool brings_bytes(const struct file_op *op)
{
	return op->located && op->all.bytes && op->all.bytes <= UINT64_MAX - op->start &&
	       (op->way == WAY_READ || op->way == WAY_URING_READ || op->way == WAY_FAULT ||
		       op->way == WAY_FILL);
}

/* The bytes of an operation that are of a load: false if there are none. */
static bool share_of(const struct own_load *load, const struct file_op *op, uint64_t *before, uint64_t *after)
{
	uint64_t end = op->start + op->all.bytes;
	uint64_t load_end = load->size > UINT64_MAX - load->start ? UINT64_MAX : load->start + load->size;
	uint64_t from = load->start > op->start ? load->start : op->start;
	uint64_t to = load_end < end ? load_end : end;
	if (from >= to)
		return false;
	*before = from - op->start;
	*after = to - op->start;
	return true;
}

/* Divides an operation among the loads of a thread whose bytes it is on. The first of them, or NULL. */
static struct own_load *divide(const struct loader *loader, const struct file_op *op)
{
	struct own_load *load, *first = NULL;
	uint64_t before, after;
	DL_FOREACH(loader->loads, load)
	{
		if (!share_of(load, op, &before, &after))
			continue;
		file_op_add_share(op, before, after, &load->counts);
		first = first ? first : load;
	}
	return first;
}

static void belongs(struct event *ev, const struct own_load *load)
{
	if (!ev->load)
		ev->load = load->id;
	ev->within_load = true;
}

/* What a loading thread does: of a single load all is. */
static void take_own(struct loader *loader, struct event *ev, const struct file_op *ops, unsigned count)
{
	struct own_load *last = last_of(loader);
	bool single = !loader->loads->next && last;
	for (unsigned i = 0; i < count; i++) {
		if (ops[i].way == WAY_READ && ops[i].located && last && ops[i].start == last->start)
			loader->file = ops[i].file->id;
		struct own_load *load = single || !brings_bytes(&ops[i]) ? NULL : divide(loader, &ops[i]);
		if (!load && !last)
			continue;
		if (!load)
			file_op_add(&ops[i], &last->counts);
		belongs(ev, load ? load : last);
	}
	if (count || !last)
		return;
	if (ev->kind == EVENT_SCHED)
		off_cpu_add(&last->off, ev);
	if (ev->kind == EVENT_SYSCALL && ev->duration_ns != NO_DURATION)
		last->counts.sums.call_ns += ev->duration_ns;
	belongs(ev, last);
}

static bool is_file_of(const struct loader *loader, const struct file_ref *file)
{
	if (loader->file.ino)
		return loader->file.ino == file->id.ino && loader->file.dev == file->id.dev;
	return loader->path && file->path.data && file->path.len == loader->path_len &&
	       memcmp(file->path.data, loader->path, loader->path_len) == 0;
}

static void take_others(struct own_loads *l, struct event *ev, const struct file_op *op)
{
	unsigned searched = 0;
	for (struct loader *loader = l->loaders; loader && searched < SEARCHED;
		loader = loader->hh.next, searched++) {
		if (loader->pid != ev->pid || !is_file_of(loader, op->file))
			continue;
		const struct own_load *load = divide(loader, op);
		if (!load)
			continue;
		belongs(ev, load);
		return;
	}
}

void own_loads_other(struct own_loads *l, struct event *ev)
{
	struct file_op ops[FILE_OPS_MAX];
	if (!l->loaders)
		return;
	struct loader *loader = loader_of(l, ev->tid);
	unsigned count = file_ops_of(ev, ops);
	if (loader) {
		take_own(loader, ev, ops, count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		if (brings_bytes(&ops[i]))
			take_others(l, ev, &ops[i]);
}
