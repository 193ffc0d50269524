/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open bundle is found by process and id, a model by its name within the bundle. A closed bundle moves
 * to a second table, by process and path, where the next open of the same file finds it: a loader that
 * opens a bundle for every request has one row, not a million.
 */
#define HASH_NONFATAL_OOM 1 /* what has no memory is not added, and the caller counts it as "(others)" */
#include "summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_BYTES = 1024 }; /* estimate of what uthash and malloc take for a bundle's table of models */

struct summary *summary_new(void)
{
	struct summary *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->room = SUMMARY_BYTES;
	s->tail = &s->bundles;
	return s;
}

static void bundle_free(struct bundle_stats *b)
{
	struct model_stats *m, *next;
	HASH_ITER (hh, b->models, m, next) {
		HASH_DEL(b->models, m);
		latency_free(&m->load_ns);
		free(m->baseline);
		free(m);
	}
	latency_free(&b->others_load_ns);
	free(b->where);
}

void summary_free(struct summary *s)
{
	if (!s)
		return;
	HASH_CLEAR(hh, s->open);
	HASH_CLEAR(hh, s->closed);
	while (s->bundles) {
		struct bundle_stats *next = s->bundles->next;
		bundle_free(s->bundles);
		free(s->bundles);
		s->bundles = next;
	}
	bundle_free(&s->others);
	free(s);
}

/* Zeroed memory, if the limit allows it; else NULL. */
static void *take(struct summary *s, size_t bytes, size_t overhead)
{
	if (s->room < bytes + overhead)
		return NULL;
	void *p = calloc(1, bytes);
	if (p)
		s->room -= bytes + overhead;
	return p;
}

static void bundle_set_path(struct summary *s, struct bundle_stats *b, struct span path)
{
	if (!path.data || path.len == 0)
		return;
	b->where = take(s, sizeof(*b->where) + path.len, 0);
	if (!b->where)
		return;
	b->where->pid = (uint32_t)b->key.pid;
	memcpy(b->where->path, path.data, path.len);
	b->path_len = path.len;
	b->path_cut = path.cut;
}

static struct bundle_stats *bundle_new(struct summary *s, struct bundle_key key, struct span path)
{
	struct bundle_stats *b = take(s, sizeof(*b), TABLE_BYTES);
	if (!b)
		return &s->others;
	b->key = key;
	HASH_ADD(hh, s->open, key, sizeof(b->key), b);
	if (!b->hh.tbl) {
		free(b);
		return &s->others;
	}
	bundle_set_path(s, b, path);
	*s->tail = b;
	s->tail = &b->next;
	return b;
}

/* A close makes prefetched models that were not used wasted ones. A miss after the next open is no reload. */
static void bundle_end(struct summary *s, struct bundle_stats *b)
{
	for (struct model_stats *m = b->models; m; m = m->hh.next) {
		m->counts.wasted += m->unused;
		m->unused = m->evicted = false;
	}
	HASH_DELETE(hh, s->open, b);
	if (!b->where)
		return;
	struct bundle_stats *same;
	unsigned len = (unsigned)sizeof(*b->where) + b->path_len;
	HASH_FIND(hh, s->closed, b->where, len, same);
	if (!same)
		HASH_ADD_KEYPTR(hh, s->closed, b->where, len, b);
}

/* A closed bundle of the same process and path, which is open again as `key` now; or NULL. */
static struct bundle_stats *bundle_again(struct summary *s, struct bundle_key key, struct span path)
{
	struct {
		uint32_t pid;
		char path[PATH_BYTES];
	} where = { .pid = (uint32_t)key.pid };
	struct bundle_stats *b = NULL;
	if (!path.data || path.len == 0 || path.len > sizeof(where.path))
		return NULL;
	memcpy(where.path, path.data, path.len);
	HASH_FIND(hh, s->closed, &where, sizeof(where.pid) + path.len, b);
	if (!b)
		return NULL;
	HASH_DELETE(hh, s->closed, b);
	b->key = key;
	HASH_ADD(hh, s->open, key, sizeof(b->key), b);
	return b->hh.tbl ? b : NULL;
}

static struct bundle_stats *bundle_open(
	struct summary *s, const struct event *ev, struct bundle_stats *before)
{
	struct bundle_key key = { .id = ev->app.bundle, .pid = ev->pid };
	if (before) /* its close was not seen: the process executed another program, or events were lost */
		bundle_end(s, before);
	struct bundle_stats *b = bundle_again(s, key, ev->app.name);
	if (!b)
		b = bundle_new(s, key, ev->app.name);
	b->opens++;
	b->models_in_file = ev->app.args[APP_OPEN_MODELS];
	b->limit = ev->app.args[APP_OPEN_LIMIT];
	return b;
}

/* NULL: no memory for it, so it is counted with the others. */
static struct model_stats *model_of(struct summary *s, struct bundle_stats *b, struct span name)
{
	struct model_stats *m;
	const char *data = name.data ? name.data : "";
	uint32_t len = name.data ? name.len : 0;
	HASH_FIND(hh, b->models, data, len, m);
	if (m || b == &s->others)
		return m;
	m = take(s, sizeof(*m) + len, sizeof(void *) * 4);
	if (!m)
		return NULL;
	m->name_len = len;
	m->cut = name.cut;
	memcpy(m->name, data, len);
	HASH_ADD_KEYPTR(hh, b->models, m->name, len, m);
	if (m->hh.tbl)
		return m;
	free(m);
	return NULL;
}

/* What the library's counters do not include. A get of a name that the bundle does not have is a miss, but
 * of none of its models. */
static void count_beside(const struct event *ev, struct cache_counts *c)
{
	if (ev->kind != EVENT_APP_ERROR)
		return;
	c->errors++;
	c->misses += ev->app.args[APP_ERROR_ERRNO] == ENOENT;
}

/* Counts that depend on the earlier events of the model. */
static void follow(struct summary *s, const struct event *ev, struct model_stats *m)
{
	switch (ev->kind) {
	case EVENT_APP_HIT:
		m->counts.used += m->unused;
		m->unused = false;
		break;
	case EVENT_APP_MISS:
		s->reloads += m->evicted;
		break;
	case EVENT_APP_LOAD:
		m->counts.wasted += m->unused; /* its eviction was not seen */
		m->unused = ev->app.args[APP_LOAD_CAUSE] != 0;
		break;
	case EVENT_APP_EVICT:
		m->counts.wasted += m->unused;
		m->unused = false;
		m->evicted = true;
		break;
	}
}

static void model_event(struct summary *s, struct bundle_stats *b, const struct event *ev)
{
	if (ev->kind == EVENT_APP_ERROR && ev->app.name.len == 0) {
		b->errors++;
		return;
	}
	struct model_stats *m = model_of(s, b, ev->app.name);
	b->has_others |= !m;
	if (m && ev->kind == EVENT_APP_LOAD && ev->app.args[APP_LOAD_NS] >= m->slowest.duration_ns)
		m->slowest = slow_of(ev, ev->app.args[APP_LOAD_NS]);
	struct cache_counts *counts = m ? &m->counts : &b->others;
	if (ev->kind == EVENT_APP_LOAD)
		latency_add(m ? &m->load_ns : &b->others_load_ns, ev->app.args[APP_LOAD_NS], &s->room);
	if (s->live) {
		count_beside(ev, counts);
	} else {
		cache_counts_event(counts, ev, m && m->evicted);
		if (m)
			follow(s, ev, m);
	}
}

static void counters_add(struct cache_counts *c, const struct model_event *model, const uint64_t *baseline)
{
	const struct cache_counts more = cache_counts_of_model(model->counts, baseline);
	cache_counts_add(c, &more);
}

/* Keeps the counters that a model had when its tracing began. */
static void set_baseline(struct summary *s, struct model_stats *m, const struct model_event *model)
{
	if (!m->baseline)
		m->baseline = take(s, sizeof(model->counts), 0);
	if (m->baseline)
		memcpy(m->baseline, model->counts, sizeof(model->counts));
}

static void model_counters(struct summary *s, struct bundle_stats *b, const struct model_event *model)
{
	struct model_stats *m = model_of(s, b, model->name);
	if (!m) {
		b->has_others = true;
		if (!(model->flags & MODEL_BASELINE))
			counters_add(&b->others, model, NULL);
		return;
	}
	if (model->flags & MODEL_BASELINE) {
		set_baseline(s, m, model);
		return;
	}
	counters_add(&m->counts, model, m->baseline);
	if (m->baseline)
		s->room += sizeof(model->counts);
	free(m->baseline);
	m->baseline = NULL;
	m->unused = model->flags & MODEL_UNUSED;
}

void summary_event(struct summary *s, const struct event *ev)
{
	if (event_layer(ev) != LAYER_APP)
		return;
	bool model = ev->kind == EVENT_MODEL;
	struct bundle_key key = { .id = model ? ev->model.bundle : ev->app.bundle, .pid = ev->pid };
	struct bundle_stats *b;
	if (ev->kind == EVENT_APP_ERROR && key.id == 0) { /* the file of the bundle could not be opened */
		s->failed_opens++;
		return;
	}
	HASH_FIND(hh, s->open, &key, sizeof(key), b);
	if (ev->kind == EVENT_APP_OPEN) {
		bundle_open(s, ev, b);
		return;
	}
	if (!b)
		b = bundle_new(s, key, model ? ev->model.bundle_path : ev->app.bundle_path);
	if (model)
		model_counters(s, b, &ev->model);
	else if (ev->kind == EVENT_APP_CLOSE && b != &s->others)
		bundle_end(s, b);
	else if (kind_of(ev->kind)->subject == SUBJECT_MODEL)
		model_event(s, b, ev);
}

void summary_total(const struct bundle_stats *bundle, struct cache_counts *total, struct latency *load_ns)
{
	*total = (struct cache_counts){ .errors = bundle->errors };
	*load_ns = (struct latency){ 0 };
	cache_counts_add(total, &bundle->others);
	latency_merge(load_ns, &bundle->others_load_ns, NULL);
	for (const struct model_stats *m = bundle->models; m; m = m->hh.next) {
		cache_counts_add(total, &m->counts);
		latency_merge(load_ns, &m->load_ns, NULL);
	}
}

static int by_trouble(const struct model_stats *a, const struct model_stats *b)
{
	uint64_t x = a->counts.misses + a->counts.reloads, y = b->counts.misses + b->counts.reloads;
	if (x != y)
		return x < y ? 1 : -1;
	uint32_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, len);
	return order ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

void summary_sort(struct bundle_stats *bundle)
{
	HASH_SORT(bundle->models, by_trouble);
}
