/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* then nothing is known */
#include "held.h"

#include <stdlib.h>
#include <string.h>

enum { CLOSED = 3 }; /* the reason of evict: the bundle is closed */

static struct held_bundle *bundle_of(const struct held *held, uint64_t id, uint64_t pid)
{
	struct held_bundle *bundle, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.bundle = id;
	probe.key.pid = pid;
	HASH_FIND(hh, held->bundles, &probe.key, sizeof(probe.key), bundle);
	return bundle;
}

static void forget_models(struct held *held, const struct held_bundle *bundle)
{
	struct held_model *model, *next;
	HASH_ITER (hh, held->models, model, next) {
		if (model->key.bundle != bundle->key.bundle || model->key.pid != bundle->key.pid)
			continue;
		HASH_DEL(held->models, model);
		free(model);
	}
}

static void forget_bundle(struct held *held, struct held_bundle *bundle)
{
	forget_models(held, bundle);
	HASH_DEL(held->bundles, bundle);
	free(bundle);
}

/* A process that opens a bundle again begins with an empty cache: what it held before is of the past. */
static void opened(struct held *held, const struct event *ev)
{
	struct span path = ev->app.name;
	struct held_bundle *bundle, *next;
	HASH_ITER (hh, held->bundles, bundle, next) {
		bool again = bundle->path_len == path.len && memcmp(bundle->path, path.data, path.len) == 0;
		if (bundle->key.pid == ev->pid && (again || bundle->key.bundle == ev->app.bundle))
			forget_bundle(held, bundle);
	}
	bundle = HASH_COUNT(held->bundles) < HELD_MAX ? calloc(1, sizeof(*bundle) + path.len) : NULL;
	if (!bundle) {
		held->failed = true;
		return;
	}
	bundle->key.bundle = ev->app.bundle;
	bundle->key.pid = ev->pid;
	bundle->path_len = path.len;
	memcpy(bundle->path, path.data, path.len);
	HASH_ADD(hh, held->bundles, key, sizeof(bundle->key), bundle);
	if (!bundle->hh.tbl) {
		free(bundle);
		held->failed = true;
	}
}

static struct held_model *model_of(const struct held *held, const struct event *ev)
{
	struct held_model *model, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.bundle = ev->app.bundle;
	probe.key.pid = ev->pid;
	probe.key.offset = ev->app.args[APP_OFFSET];
	HASH_FIND(hh, held->models, &probe.key, sizeof(probe.key), model);
	return model;
}

static void loaded(struct held *held, const struct event *ev)
{
	struct held_model *model = model_of(held, ev);
	if (!model && HASH_COUNT(held->models) < HELD_MAX)
		model = calloc(1, sizeof(*model));
	else if (model)
		HASH_DEL(held->models, model);
	if (!model) {
		held->failed = true;
		return;
	}
	model->key.bundle = ev->app.bundle;
	model->key.pid = ev->pid;
	model->key.offset = ev->app.args[APP_OFFSET];
	model->size = ev->app.args[APP_SIZE];
	HASH_ADD(hh, held->models, key, sizeof(model->key), model);
	if (!model->hh.tbl) {
		free(model);
		held->failed = true;
	}
}

static void evicted(struct held *held, const struct event *ev)
{
	struct held_model *model = ev->app.args[APP_EVICT_REASON] == CLOSED ? NULL : model_of(held, ev);
	if (!model)
		return;
	HASH_DEL(held->models, model);
	free(model);
}

void held_event(struct held *held, const struct event *ev)
{
	if (held->failed)
		return;
	if (ev->kind == EVENT_APP_OPEN && ev->app.name.data)
		opened(held, ev);
	else if (ev->kind == EVENT_APP_LOAD)
		loaded(held, ev);
	else if (ev->kind == EVENT_APP_EVICT)
		evicted(held, ev);
}

void held_free(struct held *held)
{
	struct held_bundle *bundle, *next;
	struct held_model *model, *after;
	HASH_ITER (hh, held->models, model, after) {
		HASH_DEL(held->models, model);
		free(model);
	}
	HASH_ITER (hh, held->bundles, bundle, next) {
		HASH_DEL(held->bundles, bundle);
		free(bundle);
	}
}

bool held_ranges(const struct held *held, struct span path, struct covered *ranges, size_t *room)
{
	bool any = false;
	if (held->failed || !path.data)
		return false;
	for (const struct held_bundle *bundle = held->bundles; bundle; bundle = bundle->hh.next)
		any |= bundle->path_len == path.len && memcmp(bundle->path, path.data, path.len) == 0;
	for (const struct held_model *model = held->models; any && model; model = model->hh.next) {
		const struct held_bundle *bundle = bundle_of(held, model->key.bundle, model->key.pid);
		if (bundle && bundle->path_len == path.len &&
			memcmp(bundle->path, path.data, path.len) == 0 && model->size &&
			model->size <= UINT64_MAX - model->key.offset)
			covered_add(ranges, model->key.offset, model->key.offset + model->size, room);
	}
	return any && !ranges->failed && !ranges->granule;
}
