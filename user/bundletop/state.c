/* SPDX-License-Identifier: BSD-2-Clause */
#include "state.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/clock.h"
#include "advice.h"

/* A bundle missing from its process's list has been closed; its close event may still be in a ring for this many
 * readings. */
enum { UNLISTED_MAX = 2 };

const char *residence_word(enum residence residence)
{
	static const char *const words[] = { "absent", "loading", "resident" };
	return words[residence];
}

const char *bundle_end_word(enum bundle_end end)
{
	static const char *const words[] = { "open", "closed", "ended" };
	return words[end];
}

const char *bundle_state_word(const struct bundle *bundle)
{
	return bundle->end == BUNDLE_OPEN && bundle->thrash.models ? "THRASH" : bundle_end_word(bundle->end);
}

struct state *state_new(uint64_t window_ns, const char *want_path)
{
	struct state *state = calloc(1, sizeof(*state));
	if (!state)
		return NULL;
	state->room = STATE_BYTES;
	state->window_ns = window_ns;
	state->want_path = want_path;
	state->now_ns = clock_monotonic_ns();
	return state;
}

/* --- memory --- */

static void *take(struct state *state, size_t bytes)
{
	void *memory = bytes <= state->room ? calloc(1, bytes) : NULL;
	if (memory)
		state->room -= bytes;
	else
		state->left_out++;
	return memory;
}

static void give(struct state *state, void *memory, size_t bytes)
{
	if (memory)
		state->room += bytes;
	free(memory);
}

static void free_latency(struct state *state, struct latency *latency)
{
	state->room += latency->cap * sizeof(*latency->buckets);
	latency_free(latency);
}

static void free_models(struct state *state, struct bundle *bundle)
{
	struct model *model, *next;
	HASH_ITER (hh, bundle->models, model, next) {
		HASH_DELETE(hh, bundle->models, model);
		free_latency(state, &model->load_ns);
		give(state, model->name, model->name_len + 1);
		give(state, model, sizeof(*model));
	}
	if (bundle->in_file)
		give(state, bundle->in_file, bundle->models_in_file * sizeof(*bundle->in_file));
	bundle->in_file = NULL;
}

void state_drop(struct state *state, struct bundle *bundle)
{
	HASH_DELETE(hh, state->bundles, bundle);
	free_models(state, bundle);
	free_latency(state, &bundle->load_ns);
	give(state, bundle->path, strlen(bundle->path) + 1);
	give(state, bundle, sizeof(*bundle));
}

void state_free(struct state *state)
{
	if (!state)
		return;
	while (state->bundles)
		state_drop(state, state->bundles);
	free(state);
}

/* --- bundles and models --- */

struct bundle *state_bundle(const struct state *state, uint64_t pid, uint64_t id)
{
	struct bundle *bundle;
	struct bundle_key key = { .id = id, .pid = pid };
	HASH_FIND(hh, state->bundles, &key, sizeof(key), bundle);
	return bundle;
}

/* True if --bundle matches the path, or its last part. */
static bool wanted(const struct state *state, const char *path)
{
	const char *last = strrchr(path, '/');
	return !state->want_path || fnmatch(state->want_path, path, 0) == 0 ||
	       fnmatch(state->want_path, last ? last + 1 : path, 0) == 0;
}

struct bundle *state_add_bundle(
	struct state *state, uint64_t pid, uint64_t id, const char *comm, const char *path, size_t path_len)
{
	if (HASH_COUNT(state->bundles) >= STATE_BUNDLES) {
		state->left_out++;
		return NULL;
	}
	char *copy = take(state, path_len + 1);
	if (!copy)
		return NULL;
	if (path_len)
		memcpy(copy, path, path_len);
	struct bundle *bundle = wanted(state, copy) ? take(state, sizeof(*bundle)) : NULL;
	if (!bundle) {
		give(state, copy, path_len + 1);
		return NULL;
	}
	bundle->key = (struct bundle_key){ .id = id, .pid = pid };
	bundle->path = copy;
	strncpy(bundle->comm, comm, sizeof(bundle->comm) - 1);
	HASH_ADD(hh, state->bundles, key, sizeof(bundle->key), bundle);
	return bundle;
}

struct model *bundle_model(struct state *state, struct bundle *bundle, const char *name, size_t len)
{
	struct model *model;
	HASH_FIND(hh, bundle->models, name, len, model);
	if (model)
		return model;
	char *copy = HASH_COUNT(bundle->models) < BUNDLE_MODELS ? take(state, len + 1) : NULL;
	model = copy ? take(state, sizeof(*model)) : NULL;
	if (!model) {
		give(state, copy, len + 1);
		bundle->crowded = true;
		return NULL;
	}
	if (len)
		memcpy(copy, name, len);
	model->name = copy;
	model->name_len = (uint32_t)len;
	HASH_ADD_KEYPTR(hh, bundle->models, model->name, len, model);
	return model;
}

/* The last counts of a bundle are the sums over its models. A request for a name that it does not have is a miss that
 * no model counts. */
static void sum_models(struct bundle *bundle)
{
	struct cache_counts sum = { .errors = bundle->total.errors };
	for (const struct model *model = bundle->models; model; model = model->hh.next)
		cache_counts_add(&sum, &model->total);
	if (bundle->total.misses > sum.misses)
		sum.misses = bundle->total.misses;
	bundle->total = sum;
}

void bundle_over(struct bundle *bundle, enum bundle_end end, uint64_t now_ns)
{
	if (bundle->end != BUNDLE_OPEN)
		return;
	if (bundle->final && !bundle->crowded)
		sum_models(bundle);
	bundle->end = end;
	bundle->ended_ns = now_ns;
	bundle->resident = bundle->resident_models = 0;
	for (struct model *model = bundle->models; model; model = model->hh.next)
		model->residence = ABSENT;
}

void state_process_ended(struct state *state, pid_t pid, uint64_t now_ns)
{
	for (struct bundle *bundle = state->bundles; bundle; bundle = bundle->hh.next)
		if (bundle->key.pid == (uint64_t)pid)
			bundle_over(bundle, BUNDLE_ENDED, now_ns);
}

/* --- readings --- */

struct reading {
	struct state *state;
	struct bundle *bundle;
	const char *comm;
	pid_t pid;
	uint64_t now_ns;
	bool born;
	bool baseline; /* what the bundle has counted so far is from before this interval */
};

static struct model *model_at(struct reading *reading, uint32_t index, const struct pb_model_counters *m)
{
	struct bundle *bundle = reading->bundle;
	if (!bundle->in_file[index]) {
		char name[COUNTERS_NAME_MAX + 1];
		counters_model_name(reading->pid, m, name);
		struct model *model = bundle_model(reading->state, bundle, name, strlen(name));
		if (model && reading->baseline)
			model->before = counts_of_model(m);
		bundle->in_file[index] = model;
	}
	return bundle->in_file[index];
}

static int take_model(
	void *ctx, const struct counters_bundle *live, uint32_t index, const struct pb_model_counters *m)
{
	struct reading *reading = ctx;
	struct model *model = index < reading->bundle->models_in_file ? model_at(reading, index, m) : NULL;
	(void)live;
	if (!model)
		return -ENOMEM;
	model->total = counts_of_model(m);
	model->size = m->size;
	model->offset = m->offset;
	model->evicted = m->left;
	model->residence = m->data ? RESIDENT : m->loading ? LOADING : ABSENT;
	return 0;
}

/* Reads all models of a bundle, if there is room for them. 0 or -errno. */
static int read_models(struct reading *reading, const struct counters_bundle *live)
{
	struct bundle *bundle = reading->bundle;
	if (!bundle->in_file && live->counters.models <= BUNDLE_MODELS) {
		bundle->models_in_file = live->counters.models;
		bundle->in_file = take(reading->state, bundle->models_in_file * sizeof(*bundle->in_file));
	}
	if (!bundle->in_file || bundle->models_in_file != live->counters.models)
		return 0;
	int err = counters_each_model(reading->pid, live, take_model, reading);
	bundle->whole = err == 0;
	return err == -ENOMEM || err == -EBADMSG ? 0 : err;
}

/* True if nothing was counted since the last reading: then the models have not changed either. */
static bool same(const struct bundle *bundle, const struct pb_counters *c, const struct cache_counts *total)
{
	return bundle->whole && bundle->resident == c->memory_used &&
	       bundle->resident_models == c->resident_models &&
	       memcmp(total, &bundle->total, sizeof(*total)) == 0;
}

static int take_bundle(void *ctx, pid_t pid, const struct counters_bundle *live)
{
	struct reading *reading = ctx;
	const struct pb_counters *c = &live->counters;
	struct cache_counts total = counts_of_bundle(c);
	struct bundle *bundle = state_bundle(reading->state, (uint64_t)pid, c->bundle);
	if (!bundle)
		bundle = state_add_bundle(reading->state, (uint64_t)pid, c->bundle, reading->comm, live->path,
			strlen(live->path));
	if (!bundle || bundle->end != BUNDLE_OPEN)
		return 0;
	reading->baseline = !bundle->address && !reading->born;
	if (reading->baseline)
		bundle->before = total;
	bool changed = !same(bundle, c, &total);
	reading->bundle = bundle;
	bundle->read_ns = reading->now_ns;
	bundle->listed = true;
	bundle->address = live->address;
	bundle->limit = c->limit;
	bundle->resident = c->memory_used;
	bundle->resident_models = c->resident_models;
	bundle->total = total;
	return changed ? read_models(reading, live) : 0;
}

int state_read(struct state *state, pid_t pid, uint64_t list, const char *comm, bool born)
{
	struct reading reading = {
		.state = state, .comm = comm, .pid = pid, .born = born, .now_ns = clock_monotonic_ns()
	};
	return counters_each_bundle(pid, list, take_bundle, &reading);
}

void state_loads(struct state *state, uint64_t pid, uint64_t id, const uint64_t counts[LATENCY_POWERS])
{
	struct bundle *bundle = state_bundle(state, pid, id);
	for (unsigned i = 0; bundle && i < LATENCY_POWERS; i++)
		latency_add_many(&bundle->load_ns, (1ull << i) + (1ull << i) / 2, counts[i], &state->room);
}

void state_begin(struct state *state)
{
	for (struct bundle *bundle = state->bundles; bundle; bundle = bundle->hh.next)
		bundle->listed = false;
}

static void difference(struct cache_counts *total, struct cache_counts *before, struct cache_counts *last)
{
	*last = cache_counts_since(total, before);
	*before = *total;
}

/* While not every event is emitted, the counters show what happened, as of the end of the interval. */
static void infer_model(const struct state *state, struct model *model)
{
	if (model->last.evictions) {
		model->left_ns = model->evicted_ns = state->now_ns;
		model->reason = REASON_UNKNOWN;
	}
	if (model->last.loads)
		model->loaded_ns = state->now_ns;
	if (model->last.reloads && model->left_ns && model->left_ns + state->window_ns >= state->now_ns)
		model->thrash_ns = model->left_ns;
}

static void note_moment(struct bundle *bundle)
{
	double rate = cache_counts_hit_rate(&bundle->last);
	bundle->history[bundle->moments++ % HISTORY] = (struct moment){
		.hit_percent = rate < 0 ? NOT_KNOWN : (uint8_t)(rate * 100 + 0.5),
		.resident = bundle->resident,
	};
}

static void end_bundle(struct state *state, struct bundle *bundle)
{
	difference(&bundle->total, &bundle->before, &bundle->last);
	for (struct model *model = bundle->models; model; model = model->hh.next) {
		difference(&model->total, &model->before, &model->last);
		if (cache_counts_gets(&model->last) || model->last.loads)
			model->asked_ns = state->now_ns;
		if (state->partly)
			infer_model(state, model);
	}
	note_moment(bundle);
	advice_update(state, bundle);
	bundle->unlisted = bundle->listed ? 0 : bundle->unlisted + 1;
	if (bundle->address && bundle->unlisted > UNLISTED_MAX)
		bundle_over(bundle, BUNDLE_CLOSED, state->now_ns);
}

static void sum_up(struct state *state, const struct bundle *bundle)
{
	cache_counts_add(&state->last, &bundle->last);
	if (bundle->end != BUNDLE_OPEN)
		return;
	state->thrashing += bundle->thrash.models > 0;
	state->resident = cache_counts_sum(state->resident, bundle->resident);
	state->limits = cache_counts_sum(state->limits, bundle->limit);
	state->models = cache_counts_sum(state->models, bundle->resident_models);
	state->open++;
}

void state_end(struct state *state, uint64_t now_ns)
{
	state->interval_ns = now_ns - state->now_ns;
	state->now_ns = now_ns;
	state->intervals++;
	state->last = (struct cache_counts){ 0 };
	state->resident = state->limits = state->open = state->models = 0;
	state->thrashing = 0;
	for (struct bundle *bundle = state->bundles; bundle; bundle = bundle->hh.next) {
		end_bundle(state, bundle);
		sum_up(state, bundle);
	}
}

void state_forget(struct state *state, uint64_t older_ns)
{
	struct bundle *bundle, *next;
	HASH_ITER (hh, state->bundles, bundle, next) {
		if (bundle->end != BUNDLE_OPEN && state->now_ns - bundle->ended_ns > older_ns)
			state_drop(state, bundle);
	}
}
