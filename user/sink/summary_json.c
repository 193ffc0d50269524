/* SPDX-License-Identifier: BSD-2-Clause */
#include "summary_json.h"

#include <sys/wait.h>

#include "columns.h"
#include "files_json.h"
#include "loads_json.h"
#include "phases_summary.h"
#include "stats_json.h"
#include "user/tables/outliers.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"
#include "user/tables/summary.h"

/* ---- system calls ---- */

static void call_totals(struct json *j, const struct run_result *r)
{
	uint64_t calls = 0, total_ns = 0;
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		calls += r->calls[nr].calls;
		total_ns += r->calls[nr].total_ns;
	}
	json_field_u64(j, "total_syscalls", calls);
	if (r->durations)
		json_field_u64(j, "total_time_us", total_ns / 1000);
	else
		json_field_null(j, "total_time_us");
}

static void call_counts(struct json *j, const struct run_result *r)
{
	json_field_object(j, "syscall_counts");
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		if (r->calls[nr].calls == 0)
			continue;
		syscall_name_text(json_begin_string(j), nr);
		json_end_key(j);
		json_u64(j, r->calls[nr].calls);
	}
	json_end_object(j);
}

static void call_json(struct json *j, const struct run_result *r, unsigned nr)
{
	const struct call_count *c = &r->calls[nr];
	json_begin_object(j);
	json_key(j, "name");
	syscall_name_text(json_begin_string(j), nr);
	json_end_string(j);
	json_field_u64(j, "calls", c->calls);
	json_field_u64(j, "errors", c->errors);
	json_field_us(j, "total_us", c->total_ns, r->durations);
	json_field_us(j, "max_us", c->max_ns, r->durations);
	if (r->stats && r->stats->calls[nr])
		stats_json(j, r->stats, &r->stats->calls[nr]->ns,
			stats_call_outliers(r->stats, r->stats->calls[nr]));
	json_end_object(j);
}

static void calls_json(struct json *j, const struct run_result *r)
{
	call_totals(j, r);
	call_counts(j, r);
	json_field_array(j, "syscalls");
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (r->calls[nr].calls)
			call_json(j, r, nr);
	json_end_array(j);
}

/* ---- bundles ---- */

static void counts_json(struct json *j, const struct cache_counts *c, const struct latency *load_ns,
	const struct stats *stats)
{
	double hit_rate = cache_counts_hit_rate(c);
	for (unsigned i = 0; i < COUNT_COLUMNS; i++)
		json_field_u64(j, count_columns[i].name, count_value(&count_columns[i], c));
	json_field_u64(j, "errors", c->errors);
	if (hit_rate >= 0)
		json_field_double(j, "hit_rate", hit_rate, 6);
	else
		json_field_null(j, "hit_rate");
	json_field_us(j, "load_p50_us", latency_percentile(load_ns, 50), load_ns->count);
	json_field_us(j, "load_p99_us", latency_percentile(load_ns, 99), load_ns->count);
	if (stats)
		stats_json(j, stats, load_ns, latency_above(load_ns, stats_limit(stats, load_ns)));
}

static void model_json(struct json *j, const struct model_stats *m, const struct stats *stats)
{
	json_begin_object(j);
	json_field_string(j, "name", m->name, m->name_len);
	if (m->cut)
		json_field_bool(j, "name_cut", true);
	counts_json(j, &m->counts, &m->load_ns, stats);
	json_end_object(j);
}

static void bundle_head(struct json *j, const struct bundle_stats *b)
{
	json_field_u64(j, "pid", b->key.pid);
	json_field_u64(j, "id", b->key.id);
	json_field_string(j, "path", b->where ? b->where->path : NULL, b->path_len);
	if (b->path_cut)
		json_field_bool(j, "path_cut", true);
	json_field_u64(j, "opens", b->opens);
	if (b->opens) {
		json_field_u64(j, "models_in_file", b->models_in_file);
		json_field_u64(j, "limit", b->limit);
	}
}

static void others_head(struct json *j, const struct bundle_stats *b)
{
	json_field_null(j, "pid");
	json_field_null(j, "id");
	json_field_null(j, "path");
	json_field_bool(j, "others", true);
	json_field_u64(j, "opens", b->opens);
}

static void bundle_json(
	struct json *j, struct out *out, struct bundle_stats *b, const struct stats *stats, bool others)
{
	struct cache_counts total;
	struct latency load_ns;
	json_begin_object(j);
	(others ? others_head : bundle_head)(j, b);
	summary_total(b, &total, &load_ns);
	counts_json(j, &total, &load_ns, stats);
	latency_free(&load_ns);
	json_field_array(j, "models");
	summary_sort(b);
	for (const struct model_stats *m = b->models; m; m = m->hh.next) {
		model_json(j, m, stats);
		out_settle(out);
	}
	json_end_array(j);
	if (b->has_others) {
		json_field_object(j, "other_models");
		counts_json(j, &b->others, &b->others_load_ns, stats);
		json_end_object(j);
	}
	json_end_object(j);
	out_settle(out);
}

static void bundles_json(struct json *j, struct out *out, const struct run_result *r)
{
	struct summary *s = r->summary;
	json_field_array(j, "bundles");
	for (struct bundle_stats *b = s ? s->bundles : NULL; b; b = b->next)
		bundle_json(j, out, b, r->stats, false);
	if (s && summary_has_others(s))
		bundle_json(j, out, &s->others, r->stats, true);
	json_end_array(j);
	json_field_u64(j, "failed_opens", s ? s->failed_opens : 0);
}

/* ---- the end ---- */

static void end_json(struct json *j, const struct run_result *r)
{
	static const char *const none[] = { NULL };
	if (r->ended)
		json_field_s64(j, "exit_code", run_exit_code(r->status));
	else
		json_field_null(j, "exit_code");
	json_field_str(
		j, "signal", r->ended && WIFSIGNALED(r->status) ? signal_word(WTERMSIG(r->status)) : NULL);
	json_field_u64(j, "total_events", r->events);
	json_key(j, "notes");
	json_strings(j, r->notes ? r->notes : none);
}

static void lost_json(struct json *j, const struct run_result *r)
{
	uint64_t by_kind[EVENT_KINDS] = { 0 }, by_cause[LOST_CAUSES] = { 0 };
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
			by_kind[kind] += r->lost[kind][cause];
			by_cause[cause] += r->lost[kind][cause];
		}
	json_field_object(j, "lost");
	json_field_u64(j, "total", run_lost(r));
	json_field_object(j, "by_kind");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		if (by_kind[kind])
			json_field_u64(j, event_word(kind), by_kind[kind]);
	json_end_object(j);
	json_field_object(j, "by_cause");
	for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
		if (by_cause[cause])
			json_field_u64(j, lost_key(cause), by_cause[cause]);
	json_end_object(j);
	json_end_object(j);
}

int summary_json(struct json *j, struct out *out, const struct run_result *result)
{
	static const struct call_count none[SYSCALL_MAX];
	struct run_result r = *result;
	if (!r.calls)
		r.calls = none;
	calls_json(j, &r);
	bundles_json(j, out, &r);
	files_json(j, out, &r);
	loads_json(j, out, &r);
	phases_json(j, out, &r);
	end_json(j, &r);
	lost_json(j, &r);
	if (r.stacks_left_out)
		json_field_u64(j, "stacks_left_out", r.stacks_left_out);
	stats_outliers_json(j, &r);
	return out_settle(out);
}
