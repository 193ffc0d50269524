/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* what has no memory counts as "(others)" */
#include "load_table.h"

#include <stdlib.h>
#include <string.h>

enum { NODE_BYTES = 64, NAME_MAX_BYTES = 4096 };

/* What a bundle has let go, and may load again. */
struct evicted {
	struct {
		uint64_t pid, bundle, offset, name; /* name: a hash */
	} key;
	UT_hash_handle hh;
};

struct load_table *load_table_new(const struct file_facts *facts)
{
	struct load_table *table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->room = LOADS_BYTES;
	table->facts = *facts;
	return table;
}

static void forget(struct load_table *table, struct evicted *evicted)
{
	HASH_DEL(table->evicted, evicted);
	free(evicted);
	table->room += sizeof(*evicted) + NODE_BYTES;
}

void load_table_free(struct load_table *table)
{
	struct load_row *row, *next;
	if (!table)
		return;
	HASH_ITER (hh, table->rows, row, next) {
		HASH_DEL(table->rows, row);
		latency_free(&row->counts.took);
		free(row);
	}
	while (table->evicted)
		forget(table, table->evicted);
	latency_free(&table->others.took);
	free(table);
}

/* What an event says of a load. */
struct ended {
	struct span name, path;
	bool inferred, reload, timed;
	uint64_t bytes, ns, gone_ns;
	const struct load_costs *costs;
};

static bool ended_of(const struct event *ev, struct ended *e)
{
	*e = (struct ended){ .costs = ev->costs };
	if (ev->kind == EVENT_APP_LOAD) {
		e->name = ev->app.name;
		e->path = ev->app.bundle_path;
		e->bytes = ev->app.args[APP_SIZE];
		e->ns = ev->app.args[APP_LOAD_NS];
		e->timed = e->ns > 0; /* 0: the probe was armed during the load */
	} else if (ev->kind == EVENT_INFERRED) {
		e->name = ev->inferred.part;
		e->path = ev->inferred.file.path;
		e->inferred = true;
		e->reload = ev->inferred.reload;
		e->bytes = ev->inferred.touched;
		e->timed = ev->duration_ns != NO_DURATION;
		e->ns = e->timed ? ev->duration_ns : 0;
		e->gone_ns = ev->inferred.gone_ns;
	} else {
		return false;
	}
	return e->name.data && e->name.len <= NAME_MAX_BYTES && e->path.len <= NAME_MAX_BYTES;
}

static struct load_row *row_new(struct load_table *table, const struct ended *e, uint32_t key_len)
{
	size_t bytes = sizeof(struct load_row) + key_len;
	struct load_row *row = table->room < bytes + NODE_BYTES ? NULL : calloc(1, bytes);
	if (!row)
		return NULL;
	row->inferred = e->inferred;
	row->name_len = e->name.len;
	row->name_cut = e->name.cut;
	row->path_len = e->path.data ? e->path.len : 0;
	row->path_cut = e->path.cut;
	return row;
}

/* NULL: no memory for it. */
static struct load_row *row_of(struct load_table *table, const struct ended *e)
{
	char key[2 * NAME_MAX_BYTES + 2];
	uint32_t len = 0;
	memcpy(key, e->name.data, e->name.len), len += e->name.len;
	key[len++] = '\0';
	if (e->path.data)
		memcpy(key + len, e->path.data, e->path.len), len += e->path.len;
	key[len++] = e->inferred ? 'i' : 'b';
	struct load_row *row;
	HASH_FIND(hh, table->rows, key, len, row);
	if (row || !(row = row_new(table, e, len)))
		return row;
	memcpy(row->strings, key, len);
	HASH_ADD_KEYPTR(hh, table->rows, row->strings, len, row);
	if (!row->hh.tbl) {
		free(row);
		return NULL;
	}
	table->room -= sizeof(*row) + len + NODE_BYTES;
	return row;
}

static void add_costs(struct load_costs *into, const struct load_costs *costs)
{
	uint64_t a[LOAD_COSTS], b[LOAD_COSTS];
	memcpy(a, into, sizeof(a));
	memcpy(b, costs, sizeof(b));
	for (unsigned i = 0; i < LOAD_COSTS; i++)
		a[i] += b[i] == COST_UNKNOWN ? 0 : b[i];
	memcpy(into, a, sizeof(a));
}

/* ---- what bundles have let go ---- */

static struct evicted *find_evicted(
	const struct load_table *table, const struct event *ev, struct evicted *probe)
{
	struct evicted *evicted;
	const struct span name = ev->app.name;
	memset(&probe->key, 0, sizeof(probe->key));
	probe->key.pid = ev->pid;
	probe->key.bundle = ev->app.bundle;
	probe->key.offset = ev->app.args[APP_OFFSET];
	for (uint32_t i = 0; name.data && i < name.len; i++)
		probe->key.name = probe->key.name * 31 + (unsigned char)name.data[i];
	HASH_FIND(hh, table->evicted, &probe->key, sizeof(probe->key), evicted);
	return evicted;
}

static void note_evicted(struct load_table *table, const struct event *ev)
{
	struct evicted probe, *evicted = find_evicted(table, ev, &probe);
	if (evicted || table->room < sizeof(*evicted) + NODE_BYTES ||
		!(evicted = calloc(1, sizeof(*evicted))))
		return;
	evicted->key = probe.key;
	HASH_ADD(hh, table->evicted, key, sizeof(evicted->key), evicted);
	if (evicted->hh.tbl)
		table->room -= sizeof(*evicted) + NODE_BYTES;
	else
		free(evicted);
}

static bool was_evicted(struct load_table *table, const struct event *ev)
{
	struct evicted probe, *evicted = find_evicted(table, ev, &probe);
	if (evicted)
		forget(table, evicted);
	return evicted != NULL;
}

/* What closes lets all go at once, and loads nothing more. */
static void forget_bundle(struct load_table *table, const struct event *ev)
{
	struct evicted *evicted, *next;
	HASH_ITER (hh, table->evicted, evicted, next)
		if (evicted->key.pid == ev->pid && evicted->key.bundle == ev->app.bundle)
			forget(table, evicted);
}

/* ---- all ---- */

void load_table_event(struct load_table *table, const struct event *ev)
{
	struct ended e;
	if (ev->kind == EVENT_APP_EVICT)
		note_evicted(table, ev);
	else if (ev->kind == EVENT_APP_CLOSE)
		forget_bundle(table, ev);
	if (!ended_of(ev, &e))
		return;
	struct load_row *row = row_of(table, &e);
	struct load_counts *counts = row ? &row->counts : &table->others;
	table->has_others |= !row;
	counts->reloads += e.inferred ? e.reload : was_evicted(table, ev);
	counts->loads++;
	counts->bytes += e.bytes;
	counts->total_ns += e.ns;
	if (e.timed)
		latency_add(&counts->took, e.ns, &table->room);
	if (e.costs) {
		counts->costed++;
		add_costs(&counts->costs, e.costs);
	}
	if (e.gone_ns && (!counts->gone_ns || e.gone_ns < counts->gone_ns))
		counts->gone_ns = e.gone_ns;
}

static int more_time(const struct load_row *a, const struct load_row *b)
{
	if (a->counts.total_ns != b->counts.total_ns)
		return a->counts.total_ns < b->counts.total_ns ? 1 : -1;
	return a->counts.bytes < b->counts.bytes ? 1 : a->counts.bytes > b->counts.bytes ? -1 : 0;
}

void load_table_sort(struct load_table *table)
{
	HASH_SORT(table->rows, more_time);
}

struct span load_row_name(const struct load_row *row)
{
	return (struct span){ row->strings, row->name_len, row->name_cut };
}

struct span load_row_path(const struct load_row *row)
{
	return (struct span){ row->path_len ? row->strings + row->name_len + 1 : NULL, row->path_len,
		row->path_cut };
}

bool load_costs_known(
	const struct load_table *table, const struct load_counts *counts, enum file_fact fact, uint64_t value)
{
	return counts->costed && (value > 0 || !table->facts.unseen[fact]);
}

uint64_t load_counts_rest(const struct load_counts *counts)
{
	uint64_t known = counts->costs.call_ns + counts->costs.fault_ns;
	return counts->total_ns > known ? counts->total_ns - known : 0;
}
