/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines at the top: totals of all bundles, and the worst thrash. */
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "file_hits.h"
#include "screen_parts.h"
#include "user/base/units.h"

static double per_second(const struct state *state, uint64_t count)
{
	return state->interval_ns ? (double)count * 1e9 / (double)state->interval_ns : 0;
}

static void put(int y, int width, enum look look, struct text *t)
{
	text_put(y, 0, width, true, look, t->data ? t->data : "", t->len);
	text_clear(t);
}

static void title(const struct view *view, int width, struct text *t)
{
	const struct watch *watch = view->watch;
	const struct state *state = watch->state;
	const struct governor *governor = &watch->governor.events.governor;
	text_printf(t, "%s%llu bundle%s, %u thrashing", width < 90 ? "" : "bundletop  ",
		(unsigned long long)state->open, state->open == 1 ? "" : "s", state->thrashing);
	if (view->paused)
		text_str(t, "  PAUSED");
	text_printf(t, "  lost %llu", (unsigned long long)watch->lost);
	if (watch->skipped)
		text_printf(t, " (hooks skipped %llu)", (unsigned long long)watch->skipped);
	if (watch->attached.refused)
		text_printf(t, "  probes refused %u", watch->attached.refused);
	if (watch->attached.unarmed)
		text_printf(t, "  probes unarmed %u", watch->attached.unarmed);
	text_printf(t, "  own %.1f%% ", watch->cpu * 100);
	unit_bytes(t, watch->rss);
	if (governor->max > 0)
		text_printf(t, "  probes %s %.1f%%", governor_word(governor->step), governor->share * 100);
	text_printf(t, "  every %gs", view->interval);
	if (state->left_out)
		text_printf(t, "  left out %llu", (unsigned long long)state->left_out);
	if (watch->hidden.count)
		text_printf(t, "  hidden %u", watch->hidden.count);
	bool bad = state->thrashing || watch->lost || attach_misses(&watch->attached) || watch->hidden.count;
	put(0, width, bad ? LOOK_BAD : LOOK_PLAIN, t);
}

static void rates(const struct view *view, int y, int width, struct text *t)
{
	const struct state *state = view->watch->state;
	const struct cache_counts *last = &state->last;
	const struct {
		const char *name;
		uint64_t count;
	} rates[] = { { "gets", cache_counts_gets(last) }, { "loads", last->loads },
		{ "evict", last->evictions }, { "reloads", last->reloads } };
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		text_printf(t, "%s%s ", i ? "  " : "", rates[i].name);
		unit_count(t, per_second(state, rates[i].count));
		text_str(t, "/s");
	}
	text_str(t, "  read ");
	unit_bytes(t, (uint64_t)per_second(state, last->bytes_loaded));
	text_str(t, "B/s");
	put(y, width, LOOK_PLAIN, t);
}

static void file_rates(const struct view *view, int y, int width, struct text *t)
{
	const struct state *state = view->watch->state;
	const struct file_counts *last = &view->watch->files.last;
	if (last->partial) {
		text_str(t, "reads - (not counted)");
	} else {
		text_str(t, "reads ");
		unit_count(t, per_second(state, last->reads));
		text_str(t, "/s ");
		unit_bytes(t, (uint64_t)per_second(state, last->read_bytes));
		text_str(t, "B/s");
	}
	text_str(t, "  faults ");
	if (view->watch->files.faults)
		unit_count(t, per_second(state, last->faults));
	else
		text_char(t, '-');
	text_str(t, "/s  mapped ");
	unit_bytes(t, (uint64_t)per_second(state, last->mapped_bytes));
	text_str(t, "B/s  filled ");
	unit_bytes(t, (uint64_t)per_second(state, last->filled_bytes));
	text_str(t, "B/s");
	put(y, width, LOOK_PLAIN, t);
}

/* The values of the bars at the top. */
struct bars {
	double rate;
	uint64_t there, all; /* bytes */
};

static struct bars bundle_bars(const struct state *state)
{
	return (struct bars){ cache_counts_hit_rate(&state->last), state->resident, state->limits };
}

/* A file counts once for each process that uses it. */
static struct bars file_bars(const struct model_files *files)
{
	struct bars bars = { .rate = file_hits_rate(&files->last) };
	for (const struct model_file *file = files->table.list; file; file = file->hh.next) {
		bars.there = cache_counts_sum(bars.there, file->cached > 0 ? (uint64_t)file->cached : 0);
		bars.all = cache_counts_sum(bars.all, file->size);
	}
	return bars;
}

static void bars(const struct view *view, int y, int width, struct text *t)
{
	struct bars shown = view->in_files ? file_bars(&view->watch->files) : bundle_bars(view->watch->state);
	int half = width / 2 - 5;
	double rate = shown.rate;
	unit_percent(t, rate);
	text_str(t, "%");
	text_char(t, '\0');
	text_put_str(y, 0, width, LOOK_PLAIN, "hits");
	text_bar(view, y, 5, half, rate, rate >= 0 && rate < 0.5 ? LOOK_BUSY : LOOK_GOOD, t->data);
	text_clear(t);
	unit_bytes(t, shown.there);
	text_char(t, '/');
	unit_bytes(t, shown.all);
	text_char(t, '\0');
	text_put_str(y, half + 6, 4, LOOK_PLAIN, "mem");
	text_bar(view, y, half + 10, width - half - 10,
		shown.all ? (double)shown.there / (double)shown.all : 0, LOOK_DIM, t->data);
	text_clear(t);
}

/* The chosen bundle if it thrashes, else the one that reloads most. */
static const struct bundle *worst(const struct view *view)
{
	const struct bundle *worst = view_bundle(view);
	if (worst && worst->end == BUNDLE_OPEN && worst->thrash.models)
		return worst;
	worst = NULL;
	for (const struct bundle *b = view->watch->state->bundles; b; b = b->hh.next)
		if (b->end == BUNDLE_OPEN && b->thrash.models &&
			(!worst || b->last.reloads > worst->last.reloads))
			worst = b;
	return worst;
}

/* Of the files: what is not in the list yet, or why the hit rate of the first that lacks it is not known. */
static void missing(const struct view *view, struct text *t)
{
	const struct model_files *files = &view->watch->files;
	if (files->unexamined)
		text_printf(
			t, "%llu files in use are not examined yet  ", (unsigned long long)files->unexamined);
	for (const struct model_file *file = files->table.list; file; file = file->hh.next) {
		const char *why = file_hits_unknown(&file->last), *last = strrchr(file->path, '/');
		if (!*why)
			continue;
		text_printf(t, "hits - of %u ", file->key.pid);
		text_escaped(t, last ? last + 1 : file->path, strlen(last ? last + 1 : file->path));
		text_printf(t, ": %s", why);
		break;
	}
}

/* What thrashes, or else which probes or processes are missing. */
static void advice(const struct view *view, int y, int width, struct text *t)
{
	const struct bundle *bundle = worst(view);
	if (bundle) {
		const char *last = strrchr(bundle->path, '/');
		last = last ? last + 1 : bundle->path;
		text_printf(t, "THRASH %llu: ", (unsigned long long)bundle->key.pid);
		advice_text(t, view->watch->state, bundle);
		text_str(t, ", ");
		text_escaped(t, last, strlen(last));
	} else if (view->watch->attached.refused) {
		attach_refused_text(t, &view->watch->attached);
	} else {
		watch_hidden_text(t, view->watch);
	}
	if (view->in_files && !t->len)
		missing(view, t);
	put(y, width, LOOK_BAD, t);
}

int header_draw(const struct view *view, int height, int width)
{
	struct text t = { 0 };
	int y = 1;
	title(view, width, &t);
	if (height >= 14)
		bars(view, y++, width, &t);
	if (view->in_files)
		file_rates(view, y++, width, &t);
	else
		rates(view, y++, width, &t);
	advice(view, y++, width, &t);
	text_free(&t);
	return y;
}

/* The newest at the right. */
static void history(const struct view *view, const struct bundle *b, int y, int x, int width, bool hits)
{
	for (int i = 0; i < width; i++) {
		unsigned back = (unsigned)(width - i);
		double part = -1;
		if (back <= b->moments && back <= HISTORY) {
			const struct moment *m = &b->history[(b->moments - back) % HISTORY];
			if (!hits)
				part = b->limit ? (double)m->resident / (double)b->limit : 0;
			else if (m->hit_percent != NOT_KNOWN)
				part = m->hit_percent / 100.0;
		}
		text_spark(view, y, x + i, part, hits ? LOOK_GOOD : LOOK_DIM);
	}
}

void histories_draw(const struct view *view, const struct bundle *bundle, int y, int width)
{
	struct text t = { 0 };
	int half = width / 2, line = half - 20;
	text_put_str(y, 0, width, LOOK_PLAIN, "");
	text_str(&t, "hits ");
	unit_percent(&t, cache_counts_hit_rate(&bundle->last));
	text_str(&t, "%");
	put(y, 12, LOOK_PLAIN, &t);
	if (line > 0)
		history(view, bundle, y, 13, line + 5, true);
	text_str(&t, "mem ");
	unit_bytes(&t, bundle->resident);
	text_str(&t, "/");
	unit_bytes(&t, bundle->limit);
	text_put(y, half, 16, true, LOOK_PLAIN, t.data, t.len);
	if (line > 0)
		history(view, bundle, y, half + 17, width - half - 17, false);
	text_free(&t);
}
