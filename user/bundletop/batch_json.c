/* SPDX-License-Identifier: BSD-2-Clause */
#include "advice.h"
#include "batch.h"
#include "batch_parts.h"
#include "file_hits.h"
#include "user/base/json.h"
#include "user/event/words.h"

/* Negative: unknown. */
static void field_fraction(struct json *j, const char *key, double value)
{
	if (value < 0)
		json_field_null(j, key);
	else
		json_field_double(j, key, value, 6);
}

static void counts(struct json *j, const char *name, const struct cache_counts *c, bool errors)
{
	json_field_object(j, name);
	json_field_u64(j, "gets", cache_counts_gets(c));
	json_field_u64(j, "hits", c->hits);
	json_field_u64(j, "misses", c->misses);
	json_field_u64(j, "loads", c->loads);
	json_field_u64(j, "evictions", c->evictions);
	json_field_u64(j, "reloads", c->reloads);
	json_field_u64(j, "bytes_loaded", c->bytes_loaded);
	json_field_u64(j, "prefetches", c->prefetched);
	json_field_u64(j, "prefetch_used", c->used);
	json_field_u64(j, "prefetch_wasted", c->wasted);
	if (errors)
		json_field_u64(j, "errors", c->errors);
	field_fraction(j, "hit_rate", cache_counts_hit_rate(c));
	json_end_object(j);
}

static void latency(struct json *j, const struct latency *l)
{
	json_field_object(j, "load_ns");
	json_field_u64(j, "count", l->count);
	json_field_u64(j, "p50", latency_percentile(l, 50));
	json_field_u64(j, "p99", latency_percentile(l, 99));
	json_field_u64(j, "max", l->max);
	json_end_object(j);
}

static void model(struct json *j, const struct state *state, const struct model *m)
{
	json_begin_object(j);
	json_field_str(j, "model", m->name);
	json_field_str(j, "state", residence_word(m->residence));
	json_field_u64(j, "offset", m->offset);
	json_field_u64(j, "size", m->size);
	counts(j, "total", &m->total, false);
	counts(j, "interval", &m->last, false);
	latency(j, &m->load_ns);
	json_field_bool(j, "thrashes", model_thrashes(state, m));
	if (m->evicted_ns) {
		json_field_u64(j, "evicted_ns", m->evicted_ns);
		json_field_str(j, "evicted_reason", reason_word(m->reason));
	}
	if (m->loaded_ns)
		json_field_u64(j, "loaded_ns", m->loaded_ns);
	json_end_object(j);
}

static void models(struct json *j, const struct state *state, const struct bundle *bundle)
{
	json_field_array(j, "models");
	for (const struct model *m = bundle->models; m; m = m->hh.next)
		model(j, state, m);
	json_end_array(j);
}

static void thrash(struct json *j, const struct bundle *bundle)
{
	const struct thrash *thrash = &bundle->thrash;
	if (!thrash->models) {
		json_field_null(j, "thrash");
		return;
	}
	json_field_object(j, "thrash");
	json_field_u64(j, "models", thrash->models);
	json_field_u64(j, "asked_models", thrash->distinct);
	json_field_u64(j, "limit_needed", thrash->needed);
	json_end_object(j);
}

static void bundle(struct json *j, const struct state *state, const struct bundle *b)
{
	json_begin_object(j);
	json_field_u64(j, "pid", b->key.pid);
	json_field_str(j, "comm", b->comm);
	json_field_u64(j, "bundle", b->key.id);
	json_field_str(j, "path", b->path);
	json_field_str(j, "state", bundle_end_word(b->end));
	json_field_u64(j, "limit", b->limit);
	json_field_u64(j, "resident", b->resident);
	json_field_u64(j, "resident_models", b->resident_models);
	json_field_u64(j, "models_in_file", b->models_in_file);
	json_field_bool(j, "models_whole", b->whole);
	counts(j, "total", &b->total, true);
	counts(j, "interval", &b->last, true);
	latency(j, &b->load_ns);
	thrash(j, b);
	models(j, state, b);
	json_end_object(j);
}

/* `faults`: the kernel reports them. */
static void uses(struct json *j, const char *name, const struct file_counts *c, bool faults)
{
	const char *unknown = file_hits_unknown(c);
	json_field_object(j, name);
	json_field_u64(j, "reads", c->reads);
	json_field_u64(j, "read_bytes", c->read_bytes);
	if (faults)
		json_field_u64(j, "faults", c->faults);
	else
		json_field_null(j, "faults");
	json_field_u64(j, "mapped_bytes", c->mapped_bytes);
	json_field_u64(j, "filled_bytes", c->filled_bytes);
	json_field_u64(j, "missed_bytes", c->missed_bytes);
	json_field_bool(j, "partial", c->partial);
	field_fraction(j, "hit_rate", file_hits_rate(c));
	if (*unknown)
		json_field_str(j, "hit_unknown", unknown);
	json_end_object(j);
}

/* A file, or the files of a model in a process. */
static void file(struct json *j, const struct watch *watch, const struct model_file *file)
{
	bool faults = watch->files.faults;
	json_begin_object(j);
	json_field_u64(j, "pid", file->key.pid);
	json_field_str(j, "comm", file->comm);
	json_field_str(j, "path", file->path);
	json_field_str(j, "format", file->format);
	if (file->parts) {
		json_field_u64(j, "shards_used", file->parts);
		json_field_u64(j, "shards", file->shards);
	} else {
		json_field_str(j, "model", file->model);
	}
	json_field_str(j, "state", file->ended_ns ? "ended" : "in use");
	json_field_bool(j, "open", file->is_open && !file->ended_ns);
	json_field_u64(j, "size", file->size);
	if (file->cached >= 0)
		json_field_u64(j, "cached_bytes", (uint64_t)file->cached);
	uses(j, "total", &file->total, faults);
	uses(j, "interval", &file->last, faults);
	if (!file->parts)
		batch_parts_json(j, watch, file);
	json_end_object(j);
}

static void files(struct json *j, const struct watch *watch)
{
	const struct model_files *files = &watch->files;
	json_field_u64(j, "files_unexamined", files->unexamined);
	json_field_u64(j, "files_unopened", files->unopened);
	json_field_u64(j, "files_left_out", files->table.left_out);
	json_field_array(j, "files");
	for (const struct model_file *f = files->table.list; f; f = f->hh.next)
		file(j, watch, f);
	json_end_array(j);
	json_field_array(j, "models");
	for (const struct model_file *sum = files->table.sums; sum; sum = sum->hh.next)
		file(j, watch, sum);
	json_end_array(j);
}

static void totals(struct json *j, const struct state *state)
{
	json_field_object(j, "totals");
	json_field_u64(j, "open_bundles", state->open);
	json_field_u64(j, "thrashing_bundles", state->thrashing);
	json_field_u64(j, "resident", state->resident);
	json_field_u64(j, "resident_models", state->models);
	json_field_u64(j, "limits", state->limits);
	counts(j, "interval", &state->last, true);
	json_end_object(j);
}

static void own(struct json *j, const struct watch *watch)
{
	json_field_object(j, "own");
	field_fraction(j, "cpu", watch->cpu);
	json_field_u64(j, "rss_bytes", watch->rss);
	json_field_u64(j, "events", watch->events);
	json_end_object(j);
}

static void attached(struct json *j, const struct attach_results *attached)
{
	json_field_object(j, "attached");
	json_field_u64(j, "files", attached->probed);
	json_field_u64(j, "refused", attached->refused);
	if (attached->refused) {
		json_field_str(j, "refused_error",
			attached->refused_why ? attached->refused_why : strerror(-attached->refused_error));
		json_field_str(j, "refused_path", attached->refused_path ? attached->refused_path : "");
	}
	json_field_u64(j, "unarmed", attached->unarmed);
	if (attached->unarmed) {
		json_field_str(j, "unarmed_error", attached->unarmed_why);
		json_field_str(j, "unarmed_path", attached->unarmed_path ? attached->unarmed_path : "");
	}
	json_end_object(j);
}

static void hidden(struct json *j, const struct hidden *hidden)
{
	json_field_object(j, "hidden");
	json_field_u64(j, "processes", hidden->count);
	if (hidden->count) {
		json_field_u64(j, "pid", (uint64_t)hidden->pid);
		json_field_str(j, "error", strerror(-hidden->err));
	}
	json_end_object(j);
}

/* Those since the last report. */
static void steps(struct json *j, struct watch *watch)
{
	const struct top_governor *governor = &watch->governor;
	uint64_t from = top_governor_first(governor, watch->reported);
	json_field_array(j, "steps");
	for (uint64_t i = from; i < governor->stepped; i++) {
		const struct top_step *step = top_governor_step(governor, i);
		json_begin_object(j);
		json_field_u64(j, "time_ns", step->time_ns);
		json_field_str(j, "of", step->governor.messages == governor_reads ? "reads" : "events");
		json_field_str(j, "step", governor_word(step->governor.step));
		field_fraction(j, "share", step->governor.share);
		json_end_object(j);
	}
	json_end_array(j);
	watch->reported = governor->stepped;
}

static void overhead(struct json *j, struct watch *watch)
{
	const struct event_governor *events = &watch->governor.events;
	const struct governor *governor = &events->governor;
	json_field_object(j, "overhead");
	field_fraction(j, "max", governor->max > 0 ? governor->max : -1);
	field_fraction(j, "share", governor->max > 0 ? governor->share : -1);
	json_field_str(j, "step", governor_word(governor->step));
	json_field_u64(j, "event_ns", (uint64_t)events->costs.app_ns[DETAIL_ALL]);
	steps(j, watch);
	json_end_object(j);
}

void batch_json(struct text *t, struct watch *watch)
{
	struct json line = { .text = t }, *j = &line;
	const struct state *state = watch->state;
	json_begin_object(j);
	json_field_str(j, "schema", "bundletop/1");
	json_field_u64(j, "time_ns", state->now_ns);
	json_field_u64(j, "interval_ns", state->interval_ns);
	json_field_u64(j, "window_ns", state->window_ns);
	totals(j, state);
	json_field_u64(j, "lost", watch->lost);
	json_field_u64(j, "skipped", watch->skipped);
	json_field_u64(j, "left_out", state->left_out);
	attached(j, &watch->attached);
	hidden(j, &watch->hidden);
	own(j, watch);
	overhead(j, watch);
	json_field_array(j, "bundles");
	for (const struct bundle *b = state->bundles; b; b = b->hh.next)
		bundle(j, state, b);
	json_end_array(j);
	if (watch->options->files)
		files(j, watch);
	json_end_object(j);
	text_char(t, '\n');
}
