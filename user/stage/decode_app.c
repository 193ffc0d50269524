/* SPDX-License-Identifier: BSD-2-Clause */
/* The app layer: the probes of libpagedbundle, and what it counted of its models. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include <uthash.h>

#include "user/event/kinds.h"
#include "decode_inside.h"

/* A bundle's path, from its open event. */
struct known_bundle {
	struct {
		uint64_t pid, id;
	} key;
	uint32_t len;
	UT_hash_handle hh;
	char path[];
};

#define BUNDLES_MAX 65536

static void forget_bundle(struct decoder *d, struct known_bundle *bundle)
{
	if (!bundle)
		return;
	HASH_DEL(d->bundles, bundle);
	free(bundle);
}

void decode_app_free(struct decoder *d)
{
	while (d->bundles)
		forget_bundle(d, d->bundles);
}

static struct known_bundle *find_bundle(const struct decoder *d, uint32_t pid, uint64_t id)
{
	struct known_bundle *bundle, probe;
	memset(&probe.key, 0, sizeof(probe.key));
	probe.key.pid = pid;
	probe.key.id = id;
	HASH_FIND(hh, d->bundles, &probe.key, sizeof(probe.key), bundle);
	return bundle;
}

static void learn_bundle(struct decoder *d, uint32_t pid, const struct app_event *app)
{
	if (!app->name.data)
		return;
	forget_bundle(d, find_bundle(d, pid, app->bundle));
	if (HASH_COUNT(d->bundles) >= BUNDLES_MAX)
		forget_bundle(d, d->bundles);
	struct known_bundle *bundle = calloc(1, sizeof(*bundle) + app->name.len);
	if (!bundle)
		return;
	bundle->key.pid = pid;
	bundle->key.id = app->bundle;
	bundle->len = app->name.len;
	memcpy(bundle->path, app->name.data, app->name.len);
	HASH_ADD(hh, d->bundles, key, sizeof(bundle->key), bundle);
}

static struct span bundle_path(const struct decoder *d, uint32_t pid, uint64_t id)
{
	const struct known_bundle *bundle = find_bundle(d, pid, id);
	return bundle ? (struct span){ bundle->path, bundle->len, false } : (struct span){ 0 };
}

static int decode_probe(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_app *raw = (const void *)record;
	if (record->size < offsetof(struct event_app, strings))
		return -EBADMSG;
	struct app_event *app = &ev->app;
	*app = (struct app_event){ .bundle = raw->bundle };
	memcpy(app->args, raw->args, sizeof(app->args));
	decode_stack(d, raw->stack, ev);
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->name_bytes, &app->name))
		return -EBADMSG;
	if (ev->kind == EVENT_APP_OPEN)
		learn_bundle(d, ev->pid, app);
	app->bundle_path = bundle_path(d, ev->pid, app->bundle);
	int duration = kind_field_of_type(kind_of(ev->kind), FIELD_NS);
	if (duration >= 0)
		ev->duration_ns = app->args[duration];
	return 1;
}

static int decode_model(struct decoder *d, const struct event_header *record, struct event *ev)
{
	const struct event_model *raw = (const void *)record;
	if (record->size < offsetof(struct event_model, strings))
		return -EBADMSG;
	struct model_event *model = &ev->model;
	*model = (struct model_event){ .bundle = raw->bundle, .flags = raw->flags };
	memcpy(model->counts, raw->counts, sizeof(model->counts));
	const char *at = raw->strings;
	if (!take_string(&at, record_end(record), raw->name_bytes, &model->name))
		return -EBADMSG;
	model->bundle_path = bundle_path(d, ev->pid, model->bundle);
	return 1;
}

int decode_app(struct decoder *d, const struct event_header *record, struct event *ev)
{
	return ev->kind == EVENT_MODEL ? decode_model(d, record, ev) : decode_probe(d, record, ev);
}
