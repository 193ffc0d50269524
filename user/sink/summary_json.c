/* SPDX-License-Identifier: BSD-2-Clause */
/* The summary for programs: docs/json.md describes it. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "user/tables/summary.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

static void key_u64(struct text *t, const char *key, uint64_t v)
{
	text_char(t, '"');
	text_str(t, key);
	text_add(t, "\":", 2);
	text_u64(t, v);
}

static void key_string(struct text *t, const char *key, const char *s, size_t len)
{
	text_char(t, '"');
	text_str(t, key);
	text_add(t, "\":\"", 3);
	text_json(t, s, len);
	text_char(t, '"');
}

/* ,"key":9.123 or null */
static void key_us(struct text *t, const char *key, uint64_t ns, bool known)
{
	text_add(t, ",\"", 2);
	text_str(t, key);
	text_add(t, "\":", 2);
	if (!known) {
		text_str(t, "null");
		return;
	}
	text_u64(t, ns / 1000);
	if (ns % 1000)
		text_printf(t, ".%03u", (unsigned)(ns % 1000));
}

static void calls_json(struct text *t, const struct run_result *r)
{
	struct call_count total = { 0 };
	const char *comma = "";
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		total.calls += r->calls[nr].calls;
		total.total_ns += r->calls[nr].total_ns;
	}
	key_u64(t, "total_syscalls", total.calls);
	text_str(t, ",\"total_time_us\":");
	if (r->durations)
		text_u64(t, total.total_ns / 1000);
	else
		text_str(t, "null");
	text_str(t, ",\"syscall_counts\":{");
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		if (r->calls[nr].calls == 0)
			continue;
		text_str(t, comma);
		text_char(t, '"');
		syscall_name_text(t, nr);
		text_add(t, "\":", 2);
		text_u64(t, r->calls[nr].calls);
		comma = ",";
	}
	text_str(t, "},\"syscalls\":[");
	comma = "";
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		const struct call_count *c = &r->calls[nr];
		if (c->calls == 0)
			continue;
		text_str(t, comma);
		text_str(t, "{\"name\":\"");
		syscall_name_text(t, nr);
		text_str(t, "\",");
		key_u64(t, "calls", c->calls);
		text_char(t, ',');
		key_u64(t, "errors", c->errors);
		key_us(t, "total_us", c->total_ns, r->durations);
		key_us(t, "max_us", c->max_ns, r->durations);
		if (r->stats && r->stats->calls[nr])
			stats_json(t, r->stats, &r->stats->calls[nr]->ns,
				stats_call_outliers(r->stats, r->stats->calls[nr]));
		text_char(t, '}');
		comma = ",";
	}
	text_char(t, ']');
}

static void counts_json(struct text *t, const struct cache_counts *c, const struct latency *load_ns,
	const struct stats *stats)
{
	uint64_t gets = c->hits + c->misses;
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "gets", gets },
		{ "hits", c->hits },
		{ "misses", c->misses },
		{ "reloads", c->reloads },
		{ "evictions", c->evictions },
		{ "loads", c->loads },
		{ "prefetched", c->prefetched },
		{ "used", c->used },
		{ "wasted", c->wasted },
		{ "bytes_loaded", c->bytes_loaded },
		{ "errors", c->errors },
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		key_u64(t, numbers[i].key, numbers[i].value);
		text_char(t, ',');
	}
	if (gets)
		text_printf(t, "\"hit_rate\":%.6f", (double)c->hits / (double)gets);
	else
		text_str(t, "\"hit_rate\":null");
	key_us(t, "load_p50_us", latency_percentile(load_ns, 50), load_ns->count);
	key_us(t, "load_p99_us", latency_percentile(load_ns, 99), load_ns->count);
	if (stats)
		stats_json(t, stats, load_ns, latency_above(load_ns, stats_limit(stats, load_ns)));
}

static void model_json(struct out *out, const char *name, size_t len, bool cut, const struct cache_counts *c,
	const struct latency *load_ns, const struct stats *stats, const char *comma)
{
	struct text *t = &out->text;
	text_str(t, comma);
	text_char(t, '{');
	key_string(t, "name", name, len);
	if (cut)
		text_str(t, ",\"name_cut\":true");
	text_char(t, ',');
	counts_json(t, c, load_ns, stats);
	text_char(t, '}');
	out_settle(out);
}

static void bundle_head(struct text *t, const struct bundle_stats *b, bool others)
{
	text_char(t, '{');
	if (others) {
		text_str(t, "\"pid\":null,\"id\":null,\"path\":null,\"others\":true,");
	} else {
		key_u64(t, "pid", b->key.pid);
		text_char(t, ',');
		key_u64(t, "id", b->key.id);
		text_char(t, ',');
		if (b->where)
			key_string(t, "path", b->where->path, b->path_len);
		else
			text_str(t, "\"path\":null");
		text_str(t, b->path_cut ? ",\"path_cut\":true," : ",");
	}
	key_u64(t, "opens", b->opens);
	if (b->opens && !others) {
		text_char(t, ',');
		key_u64(t, "models_in_file", b->models_in_file);
		text_char(t, ',');
		key_u64(t, "limit", b->limit);
	}
	text_char(t, ',');
}

static void bundle_json(struct out *out, struct bundle_stats *b, const struct stats *stats, bool others)
{
	struct cache_counts total;
	struct latency load_ns;
	const char *comma = "";
	bundle_head(&out->text, b, others);
	summary_total(b, &total, &load_ns);
	counts_json(&out->text, &total, &load_ns, stats);
	latency_free(&load_ns);
	text_str(&out->text, ",\"models\":[");
	summary_sort(b);
	for (const struct model_stats *m = b->models; m; m = m->hh.next) {
		model_json(out, m->name, m->name_len, m->cut, &m->counts, &m->load_ns, stats, comma);
		comma = ",";
	}
	text_str(&out->text, "]");
	if (b->has_others) {
		text_str(&out->text, ",\"other_models\":{");
		counts_json(&out->text, &b->others, &b->others_load_ns, stats);
		text_char(&out->text, '}');
	}
	text_char(&out->text, '}');
	out_settle(out);
}

static void bundles_json(struct out *out, const struct run_result *r)
{
	struct summary *s = r->summary;
	const char *comma = "";
	text_str(&out->text, ",\"bundles\":[");
	for (struct bundle_stats *b = s ? s->bundles : NULL; b; b = b->next) {
		text_str(&out->text, comma);
		bundle_json(out, b, r->stats, false);
		comma = ",";
	}
	if (s && (s->others.has_others || s->others.opens || s->others.errors)) {
		text_str(&out->text, comma);
		bundle_json(out, &s->others, r->stats, true);
	}
	text_add(&out->text, "],", 2);
	key_u64(&out->text, "failed_opens", s ? s->failed_opens : 0);
}

static void end_json(struct text *t, const struct run_result *r)
{
	text_str(t, ",\"exit_code\":");
	if (r->ended)
		text_s64(t, run_exit_code(r->status));
	else
		text_str(t, "null");
	text_str(t, ",\"signal\":");
	if (r->ended && WIFSIGNALED(r->status))
		text_printf(t, "\"%s\"", signal_word(WTERMSIG(r->status)));
	else
		text_str(t, "null");
	text_char(t, ',');
	key_u64(t, "total_events", r->events);
	text_str(t, ",\"notes\":[");
	for (const char *const *note = r->notes; note && *note; note++) {
		text_str(t, note == r->notes ? "\"" : ",\"");
		text_json(t, *note, strlen(*note));
		text_char(t, '"');
	}
	text_char(t, ']');
}

static void lost_json(struct text *t, const struct run_result *r)
{
	uint64_t by_kind[EVENT_KINDS] = { 0 }, by_cause[LOST_CAUSES] = { 0 };
	const char *comma = "";
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
			by_kind[kind] += r->lost[kind][cause];
			by_cause[cause] += r->lost[kind][cause];
		}
	text_str(t, ",\"lost\":{");
	key_u64(t, "total", run_lost(r));
	text_str(t, ",\"by_kind\":{");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		if (by_kind[kind] == 0)
			continue;
		text_str(t, comma);
		key_u64(t, event_word(kind), by_kind[kind]);
		comma = ",";
	}
	text_str(t, "},\"by_cause\":{");
	comma = "";
	for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
		if (by_cause[cause] == 0)
			continue;
		text_str(t, comma);
		key_u64(t, lost_key(cause), by_cause[cause]);
		comma = ",";
	}
	text_str(t, "}}");
}

int summary_json(struct out *out, const struct run_result *result)
{
	static const struct call_count none[SYSCALL_MAX];
	struct run_result r = *result;
	if (!r.calls)
		r.calls = none;
	calls_json(&out->text, &r);
	bundles_json(out, &r);
	end_json(&out->text, &r);
	lost_json(&out->text, &r);
	stats_outliers_json(&out->text, &r);
	return out_settle(out);
}
