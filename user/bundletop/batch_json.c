/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "advice.h"
#include "batch.h"
#include "user/event/words.h"

static void key(struct text *t, const char *name)
{
	if (t->data[t->len - 1] != '{')
		text_char(t, ',');
	text_char(t, '"');
	text_str(t, name);
	text_str(t, "\":");
}

static void number(struct text *t, const char *name, uint64_t value)
{
	key(t, name);
	text_u64(t, value);
}

static void fraction(struct text *t, const char *name, double value)
{
	key(t, name);
	if (value < 0)
		text_str(t, "null");
	else
		text_printf(t, "%.6f", value);
}

static void string(struct text *t, const char *name, const char *value)
{
	key(t, name);
	text_char(t, '"');
	text_json(t, value, strlen(value));
	text_char(t, '"');
}

static void truth(struct text *t, const char *name, bool value)
{
	key(t, name);
	text_str(t, value ? "true" : "false");
}

static void open_object(struct text *t, const char *name)
{
	key(t, name);
	text_char(t, '{');
}

static void counts(struct text *t, const char *name, const struct cache_counts *c, bool errors)
{
	open_object(t, name);
	number(t, "gets", cache_counts_gets(c));
	number(t, "hits", c->hits);
	number(t, "misses", c->misses);
	number(t, "loads", c->loads);
	number(t, "evictions", c->evictions);
	number(t, "reloads", c->reloads);
	number(t, "bytes_loaded", c->bytes_loaded);
	number(t, "prefetches", c->prefetched);
	number(t, "prefetch_used", c->used);
	number(t, "prefetch_wasted", c->wasted);
	if (errors)
		number(t, "errors", c->errors);
	fraction(t, "hit_rate", cache_counts_hit_rate(c));
	text_char(t, '}');
}

static void latency(struct text *t, const struct latency *l)
{
	open_object(t, "load_ns");
	number(t, "count", l->count);
	number(t, "p50", latency_percentile(l, 50));
	number(t, "p99", latency_percentile(l, 99));
	number(t, "max", l->max);
	text_char(t, '}');
}

static void model(struct text *t, const struct state *state, const struct model *m)
{
	text_char(t, '{');
	string(t, "model", m->name);
	string(t, "state", residence_word(m->residence));
	number(t, "offset", m->offset);
	number(t, "size", m->size);
	counts(t, "total", &m->total, false);
	counts(t, "interval", &m->last, false);
	latency(t, &m->load_ns);
	truth(t, "thrashes", model_thrashes(state, m));
	if (m->evicted_ns) {
		number(t, "evicted_ns", m->evicted_ns);
		string(t, "evicted_reason", reason_word(m->reason));
	}
	if (m->loaded_ns)
		number(t, "loaded_ns", m->loaded_ns);
	text_char(t, '}');
}

static void models(struct text *t, const struct state *state, const struct bundle *bundle)
{
	key(t, "models");
	text_char(t, '[');
	for (const struct model *m = bundle->models; m; m = m->hh.next) {
		if (m != bundle->models)
			text_char(t, ',');
		model(t, state, m);
	}
	text_char(t, ']');
}

static void thrash(struct text *t, const struct bundle *bundle)
{
	const struct thrash *thrash = &bundle->thrash;
	if (!thrash->models) {
		key(t, "thrash");
		text_str(t, "null");
		return;
	}
	open_object(t, "thrash");
	number(t, "models", thrash->models);
	number(t, "asked_models", thrash->distinct);
	number(t, "limit_needed", thrash->needed);
	text_char(t, '}');
}

static void bundle(struct text *t, const struct state *state, const struct bundle *b)
{
	text_char(t, '{');
	number(t, "pid", b->key.pid);
	string(t, "comm", b->comm);
	number(t, "bundle", b->key.id);
	string(t, "path", b->path);
	string(t, "state", bundle_end_word(b->end));
	number(t, "limit", b->limit);
	number(t, "resident", b->resident);
	number(t, "resident_models", b->resident_models);
	number(t, "models_in_file", b->models_in_file);
	truth(t, "models_whole", b->whole);
	counts(t, "total", &b->total, true);
	counts(t, "interval", &b->last, true);
	latency(t, &b->load_ns);
	thrash(t, b);
	models(t, state, b);
	text_char(t, '}');
}

static void uses(struct text *t, const char *name, const struct file_counts *c)
{
	open_object(t, name);
	number(t, "reads", c->reads);
	number(t, "read_bytes", c->read_bytes);
	number(t, "faults", c->faults);
	number(t, "mapped_bytes", c->mapped_bytes);
	number(t, "filled_bytes", c->filled_bytes);
	truth(t, "partial", c->partial);
	fraction(t, "hit_rate", model_files_hit_rate(c));
	text_char(t, '}');
}

static void files(struct text *t, const struct model_files *files)
{
	key(t, "files");
	text_char(t, '[');
	for (const struct model_file *file = files->list; file; file = file->hh.next) {
		text_str(t, file == files->list ? "{" : ",{");
		number(t, "pid", file->key.pid);
		string(t, "comm", file->comm);
		string(t, "path", file->path);
		string(t, "format", file->format);
		string(t, "state", file->ended_ns ? "ended" : "in use");
		number(t, "size", file->size);
		if (file->cached >= 0)
			number(t, "cached_bytes", (uint64_t)file->cached);
		uses(t, "total", &file->total);
		uses(t, "interval", &file->last);
		text_char(t, '}');
	}
	text_char(t, ']');
}

static void totals(struct text *t, const struct state *state)
{
	open_object(t, "totals");
	number(t, "open_bundles", state->open);
	number(t, "thrashing_bundles", state->thrashing);
	number(t, "resident", state->resident);
	number(t, "resident_models", state->models);
	number(t, "limits", state->limits);
	counts(t, "interval", &state->last, true);
	text_char(t, '}');
}

static void own(struct text *t, const struct watch *watch)
{
	open_object(t, "own");
	fraction(t, "cpu", watch->cpu);
	number(t, "rss_bytes", watch->rss);
	number(t, "events", watch->events);
	text_char(t, '}');
}

static void attached(struct text *t, const struct attach_results *attached)
{
	open_object(t, "attached");
	number(t, "files", attached->probed);
	number(t, "refused", attached->refused);
	if (attached->refused) {
		string(t, "refused_error", strerror(-attached->refused_error));
		string(t, "refused_path", attached->refused_path ? attached->refused_path : "");
	}
	text_char(t, '}');
}

/* Those since the last report. */
static void steps(struct text *t, struct watch *watch)
{
	const struct top_governor *governor = &watch->governor;
	uint64_t from = top_governor_first(governor, watch->reported);
	key(t, "steps");
	text_char(t, '[');
	for (uint64_t i = from; i < governor->stepped; i++) {
		const struct top_step *step = top_governor_step(governor, i);
		text_str(t, i > from ? ",{" : "{");
		number(t, "time_ns", step->time_ns);
		string(t, "of", step->governor.messages == governor_reads ? "reads" : "events");
		string(t, "step", governor_word(step->governor.step));
		fraction(t, "share", step->governor.share);
		text_char(t, '}');
	}
	text_char(t, ']');
	watch->reported = governor->stepped;
}

static void overhead(struct text *t, struct watch *watch)
{
	const struct event_governor *events = &watch->governor.events;
	const struct governor *governor = &events->governor;
	open_object(t, "overhead");
	fraction(t, "max", governor->max > 0 ? governor->max : -1);
	fraction(t, "share", governor->max > 0 ? governor->share : -1);
	string(t, "step", governor_word(governor->step));
	number(t, "event_ns", (uint64_t)events->costs.app_ns[DETAIL_ALL]);
	steps(t, watch);
	text_char(t, '}');
}

void batch_json(struct text *t, struct watch *watch)
{
	const struct state *state = watch->state;
	text_char(t, '{');
	string(t, "schema", "bundletop/1");
	number(t, "time_ns", state->now_ns);
	number(t, "interval_ns", state->interval_ns);
	number(t, "window_ns", state->window_ns);
	totals(t, state);
	number(t, "lost", watch->lost);
	number(t, "left_out", state->left_out);
	attached(t, &watch->attached);
	own(t, watch);
	overhead(t, watch);
	key(t, "bundles");
	text_char(t, '[');
	for (const struct bundle *b = state->bundles; b; b = b->hh.next) {
		if (b != state->bundles)
			text_char(t, ',');
		bundle(t, state, b);
	}
	text_char(t, ']');
	if (watch->options->files)
		files(t, &watch->files);
	text_str(t, "}\n");
}
