/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies events to bundles and models. An event from before the last reading is in its counters already, and is not
 * counted again. */
#include <string.h>

#include "state.h"

enum { REASON_PRESSURE = 0, REASON_CLOSE = 3 };

struct happening {
	struct state *state;
	const struct event *ev;
	struct bundle *bundle;
	struct model *model; /* NULL: no room for it, or the event names none */
	bool fresh;          /* newer than the last reading of the counters */
};

/* --- the log --- */

static void copy_cut(char to[LOG_NAME], const char *from, size_t len)
{
	if (len >= LOG_NAME)
		len = LOG_NAME - 1;
	if (len)
		memcpy(to, from, len);
	to[len] = '\0';
}

/* Of a long path, keeps the end. */
static void copy_end(char to[LOG_NAME], const char *path)
{
	size_t len = strlen(path);
	copy_cut(to, len < LOG_NAME ? path : path + len - (LOG_NAME - 1), len);
}

static void note(const struct happening *h, uint64_t value, bool thrash)
{
	struct state *state = h->state;
	struct log_line *line = &state->log[state->logged++ % LOG_LINES];
	const struct app_event *app = &h->ev->app;
	bool evict = h->ev->kind == EVENT_APP_EVICT;
	*line = (struct log_line){
		.time_ns = h->ev->time_ns,
		.pid = h->ev->pid,
		.kind = h->ev->kind,
		.thrash = thrash,
		.bundle = app->bundle,
		.size = evict ? app->args[APP_SIZE] : 0,
		.value = value,
		.resident = evict ? app->args[APP_EVICT_RESIDENT] : 0,
	};
	copy_cut(line->name, app->name.data, app->name.data ? app->name.len : 0);
	copy_end(line->path, h->bundle ? h->bundle->path : "");
}

void state_step(struct state *state, uint64_t time_ns, uint64_t number, bool partly)
{
	state->partly = partly;
	state->log[state->logged++ % LOG_LINES] =
		(struct log_line){ .time_ns = time_ns, .kind = LOG_STEP, .value = number };
}

/* --- one kind of event each --- */

static void on_open(struct state *state, const struct event *ev, const char *comm)
{
	const struct app_event *app = &ev->app;
	struct bundle *bundle = state_bundle(state, ev->pid, app->bundle);
	bool known = bundle && bundle->address == app->args[APP_OPEN_COUNTERS] && bundle->end == BUNDLE_OPEN;
	if (bundle && !known) {
		state_drop(state, bundle);
		bundle = NULL;
	}
	if (!bundle)
		bundle = state_add_bundle(state, ev->pid, app->bundle, comm, app->name.data,
			app->name.data ? app->name.len : 0);
	if (!bundle)
		return;
	if (!known) {
		bundle->address = app->args[APP_OPEN_COUNTERS];
		bundle->models_in_file = app->args[APP_OPEN_MODELS];
		bundle->limit = app->args[APP_OPEN_LIMIT];
	} else if (bundle->moments == 0) {
		/* found by a reading, but opened in this interval: all its counts belong to it */
		bundle->before = (struct cache_counts){ 0 };
		for (struct model *model = bundle->models; model; model = model->hh.next)
			model->before = (struct cache_counts){ 0 };
	}
}

/* Counts the event for the bundle and its model, unless a reading has already. */
static void count(const struct happening *h)
{
	bool evicted = h->model && h->model->evicted;
	if (!h->fresh)
		return;
	cache_counts_event(&h->bundle->total, h->ev, evicted);
	/* the library counts no errors of models */
	if (h->model && h->ev->kind != EVENT_APP_ERROR)
		cache_counts_event(&h->model->total, h->ev, evicted);
}

static void on_miss(const struct happening *h)
{
	struct model *model = h->model;
	if (!model)
		return;
	model->residence = LOADING;
	model->asked_ns = h->ev->time_ns;
	if (model->evicted_ns && model->reason == REASON_PRESSURE)
		model->thrash_ns = model->evicted_ns;
}

static void on_load(const struct happening *h)
{
	const struct app_event *app = &h->ev->app;
	uint64_t ns = app->args[APP_LOAD_NS];
	if (ns)
		latency_add(&h->bundle->load_ns, ns, &h->state->room);
	if (h->fresh) {
		h->bundle->resident = cache_counts_sum(h->bundle->resident, app->args[APP_SIZE]);
		h->bundle->resident_models++;
	}
	if (!h->model)
		return;
	if (ns)
		latency_add(&h->model->load_ns, ns, &h->state->room);
	h->model->residence = RESIDENT;
	h->model->asked_ns = h->model->loaded_ns = h->ev->time_ns;
}

static void on_evict(const struct happening *h)
{
	uint64_t reason = h->ev->app.args[APP_EVICT_REASON];
	bool thrash = false;
	struct model *model = h->model;
	if (h->fresh) {
		h->bundle->resident = h->ev->app.args[APP_EVICT_RESIDENT];
		h->bundle->resident_models -= h->bundle->resident_models > 0;
	}
	if (reason == REASON_CLOSE)
		return;
	if (model) {
		thrash = reason == REASON_PRESSURE && model->thrash_ns &&
			 model->thrash_ns + h->state->window_ns >= h->ev->time_ns;
		model->residence = ABSENT;
		model->evicted = true;
		model->loaded_ns = 0;
		model->evicted_ns = h->ev->time_ns;
		model->reason = (uint8_t)reason;
	}
	note(h, reason, thrash);
}

static void on_error(const struct happening *h)
{
	if (h->model && h->model->residence == LOADING)
		h->model->residence = ABSENT;
	note(h, h->ev->app.args[APP_ERROR_ERRNO], false);
}

/* These counts are final: the bundle can no longer be read. */
static void on_close(const struct happening *h)
{
	const uint64_t *args = h->ev->app.args;
	struct cache_counts *total = &h->bundle->total;
	bundle_over(h->bundle, BUNDLE_CLOSED, h->ev->time_ns);
	total->hits = args[APP_CLOSE_HITS];
	total->misses = args[APP_CLOSE_MISSES];
	total->evictions = args[APP_CLOSE_EVICTIONS];
	total->prefetched = args[APP_CLOSE_PREFETCHES];
	total->bytes_loaded = args[APP_CLOSE_BYTES_LOADED];
}

/* The final counts of a model, emitted when its bundle is closed or its process ends. */
static void on_model(struct state *state, const struct event *ev)
{
	const struct model_event *counted = &ev->model;
	struct bundle *bundle = state_bundle(state, ev->pid, counted->bundle);
	if (!bundle || bundle->end != BUNDLE_OPEN || counted->flags & MODEL_BASELINE)
		return;
	bundle->final = true;
	struct model *model = bundle_model(state, bundle, counted->name.data ? counted->name.data : "",
		counted->name.data ? counted->name.len : 0);
	if (!model)
		return;
	model->size = counted->counts[MODEL_SIZE];
	model->total = cache_counts_of_model(counted->counts, NULL);
}

/* --- */

/* The model that an event names. */
static struct model *model_of(struct state *state, struct bundle *bundle, const struct event *ev)
{
	const struct app_event *app = &ev->app;
	if (kind_of(ev->kind)->subject != SUBJECT_MODEL || !app->name.data)
		return NULL;
	/* a request for an unknown name, or an error, creates no model */
	if (ev->kind == EVENT_APP_ERROR || (ev->kind == EVENT_APP_MISS && !app->args[APP_OFFSET])) {
		struct model *model;
		HASH_FIND(hh, bundle->models, app->name.data, app->name.len, model);
		return model;
	}
	struct model *model = bundle_model(state, bundle, app->name.data, app->name.len);
	if (model) {
		model->size = app->args[APP_SIZE];
		model->offset = app->args[APP_OFFSET];
	}
	return model;
}

/* A bundle that could not be opened appears in the log alone. */
static void on_failed_open(struct state *state, const struct event *ev)
{
	struct happening h = { .state = state, .ev = ev };
	note(&h, ev->app.args[APP_ERROR_ERRNO], false);
}

void state_event(struct state *state, const struct event *ev, const char *comm)
{
	if (ev->kind == EVENT_MODEL) {
		on_model(state, ev);
		return;
	}
	if (ev->kind == EVENT_APP_OPEN) {
		on_open(state, ev, comm);
		return;
	}
	if (ev->kind == EVENT_APP_ERROR && ev->app.bundle == 0) {
		on_failed_open(state, ev);
		return;
	}
	struct bundle *bundle = state_bundle(state, ev->pid, ev->app.bundle);
	if (!bundle || bundle->end != BUNDLE_OPEN)
		return; /* opened before bundletop started: the next reading finds it */
	struct happening h = {
		.state = state,
		.ev = ev,
		.bundle = bundle,
		.model = model_of(state, bundle, ev),
		.fresh = ev->time_ns > bundle->read_ns,
	};
	count(&h);
	switch (ev->kind) {
	case EVENT_APP_MISS:
		on_miss(&h);
		break;
	case EVENT_APP_LOAD:
		on_load(&h);
		break;
	case EVENT_APP_EVICT:
		on_evict(&h);
		break;
	case EVENT_APP_PREFETCH:
		if (h.model)
			h.model->residence = LOADING;
		break;
	case EVENT_APP_ERROR:
		on_error(&h);
		break;
	case EVENT_APP_CLOSE:
		on_close(&h);
		break;
	}
}
