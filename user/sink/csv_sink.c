/* SPDX-License-Identifier: BSD-2-Clause */
#include "csv_sink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "user/calls/args_text.h"
#include "user/calls/result.h"
#include "user/base/csv.h"
#include "csv_summary.h"
#include "user/base/errnames.h"
#include "json_event.h"
#include "user/event/stacks.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

struct csv_sink {
	struct sink sink;
	struct out *out;
	struct csv csv;
};

static const char header[] =
	"time_ns,layer,event,pid,tid,name,args,result,error,duration_ns,file,offset,size,bundle,detail\r\n";

/* ---- the last column: what has none of its own, as key=value ---- */

static void detail_key(struct text *t, const char *key)
{
	if (t->len)
		text_char(t, ' ');
	text_str(t, key);
	text_char(t, '=');
}

static void detail_u64(struct text *t, const char *key, uint64_t v)
{
	detail_key(t, key);
	text_u64(t, v);
}

static void detail_str(struct text *t, const char *key, const char *s)
{
	detail_key(t, key);
	text_str(t, s);
}

static void app_detail(struct text *t, const struct event *ev)
{
	const uint64_t *args = ev->app.args;
	detail_u64(t, "id", ev->app.bundle);
	switch (ev->kind) {
	case EVENT_APP_OPEN:
		detail_u64(t, "models", args[APP_OPEN_MODELS]);
		detail_u64(t, "limit", args[APP_OPEN_LIMIT]);
		break;
	case EVENT_APP_LOAD:
		detail_str(t, "cause", cause_word(args[APP_LOAD_CAUSE]));
		break;
	case EVENT_APP_EVICT:
		detail_str(t, "reason", reason_word(args[APP_EVICT_REASON]));
		detail_u64(t, "resident", args[APP_EVICT_RESIDENT]);
		break;
	case EVENT_APP_PREFETCH:
		detail_str(t, "source", source_word(args[APP_PREFETCH_SOURCE]));
		break;
	case EVENT_APP_CLOSE:
		detail_u64(t, "hits", args[APP_CLOSE_HITS]);
		detail_u64(t, "misses", args[APP_CLOSE_MISSES]);
		detail_u64(t, "evictions", args[APP_CLOSE_EVICTIONS]);
		detail_u64(t, "prefetches", args[APP_CLOSE_PREFETCHES]);
		detail_u64(t, "bytes_loaded", args[APP_CLOSE_BYTES_LOADED]);
		break;
	case EVENT_APP_POLICY:
		detail_str(t, "from", policy_word(args[APP_POLICY_FROM]));
		detail_u64(t, "cost_from", args[APP_POLICY_COST_FROM]);
		detail_u64(t, "cost_to", args[APP_POLICY_COST_TO]);
		break;
	}
}

static void process_detail(struct text *t, const struct event *ev)
{
	const struct process_event *p = &ev->process;
	if (ev->kind == EVENT_FORK) {
		detail_u64(t, "child_pid", p->child_pid);
		detail_u64(t, "child_tid", p->child_tid);
		if (p->child_ns_pid) {
			detail_u64(t, "child_ns_pid", p->child_ns_pid);
			detail_u64(t, "child_ns_tid", p->child_ns_tid);
		}
	} else if (ev->kind == EVENT_EXEC) {
		detail_u64(t, "argc", p->argc);
	} else if (WIFSIGNALED(p->status)) {
		detail_str(t, "signal", signal_word(WTERMSIG(p->status)));
	}
}

static void detail(struct csv *csv, const struct event *ev)
{
	struct text *t = &csv->cell;
	switch (event_layer(ev)) {
	case LAYER_SYSCALL:
		if (ev->call.unfinished)
			detail_str(t, "unfinished", "true");
		if (ev->call.file.id.ino && ev->call.other.path.data) {
			detail_key(t, "other_file");
			text_escaped(t, ev->call.other.path.data, ev->call.other.path.len);
		}
		break;
	case LAYER_APP:
		app_detail(t, ev);
		break;
	case LAYER_PROCESS:
		process_detail(t, ev);
		break;
	}
	if (ev->ns_pid) {
		detail_u64(t, "ns_pid", ev->ns_pid);
		detail_u64(t, "ns_tid", ev->ns_tid);
	}
	if (ev->stack && stack_line(ev->stack)) {
		detail_key(t, "at");
		frame_location_text(t, stack_line(ev->stack));
	}
	if (ev->lost_before)
		detail_u64(t, "lost_before", ev->lost_before);
	if (ev->lost_before && ev->lost_since_ns)
		detail_u64(t, "lost_since_ns", ev->lost_since_ns);
	csv_cell(csv);
}

/* ---- records: name to bundle ---- */

static void error_name(struct csv *csv, uint64_t number)
{
	const char *name = number < 4096 ? errno_name((int)number) : NULL;
	csv_str(csv, name ? name : "unknown");
}

static void duration(struct csv *csv, uint64_t ns)
{
	if (ns == NO_DURATION)
		csv_none(csv);
	else
		csv_u64(csv, ns);
}

static void call_cells(struct csv *csv, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	const struct file_ref *file = call->file.id.ino ? &call->file : &call->other;
	syscall_name_text(&csv->cell, call->nr);
	csv_cell(csv);
	args_text(&csv->cell, call);
	csv_cell(csv);
	if (call->returned)
		csv_s64(csv, call->result);
	else
		csv_none(csv);
	if (result_failed(call))
		error_name(csv, (uint64_t)-call->result);
	else
		csv_none(csv);
	duration(csv, ev->duration_ns);
	csv_span(csv, file->path);
	if (file->id.ino)
		csv_s64(csv, file->pos);
	else
		csv_none(csv);
	csv_none(csv); /* size */
	csv_none(csv); /* bundle */
}

static bool names_a_place(unsigned kind)
{
	return kind == EVENT_APP_HIT || kind == EVENT_APP_MISS || kind == EVENT_APP_LOAD ||
	       kind == EVENT_APP_EVICT || kind == EVENT_APP_PREFETCH;
}

static void app_cells(struct csv *csv, const struct event *ev)
{
	const struct app_event *app = &ev->app;
	bool opened = ev->kind == EVENT_APP_OPEN;
	csv_span(csv, opened || ev->kind == EVENT_APP_CLOSE ? (struct span){ 0 } : app->name);
	csv_none(csv); /* args */
	csv_none(csv); /* result */
	if (ev->kind == EVENT_APP_ERROR)
		error_name(csv, app->args[APP_ERROR_ERRNO]);
	else
		csv_none(csv);
	duration(csv, ev->kind == EVENT_APP_LOAD ? app->args[APP_LOAD_NS] : NO_DURATION);
	csv_none(csv); /* file */
	if (names_a_place(ev->kind)) {
		csv_u64(csv, app->args[APP_OFFSET]);
		csv_u64(csv, app->args[APP_SIZE]);
	} else {
		csv_none(csv);
		csv_none(csv);
	}
	csv_span(csv, opened ? app->name : app->bundle_path);
}

static void process_cells(struct csv *csv, const struct event *ev)
{
	const struct process_event *p = &ev->process;
	bool exec = ev->kind == EVENT_EXEC;
	csv_span(csv, exec ? p->file : (struct span){ 0 });
	if (exec)
		json_strings(&csv->cell, p->argv.data, p->argv.data ? p->argv.len : 0);
	if (exec && p->argv.cut)
		text_add(&csv->cell, "...", 3);
	csv_cell(csv);
	if (ev->kind == EVENT_EXIT)
		csv_s64(csv, run_exit_code(p->status));
	else
		csv_none(csv);
	for (int i = 0; i < 6; i++) /* error to bundle */
		csv_none(csv);
}

static int csv_event(struct sink *sink, const struct event *ev)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	struct csv *csv = &cs->csv;
	enum layer layer = event_layer(ev);
	csv_begin(csv, &cs->out->text);
	csv_u64(csv, ev->time_ns);
	csv_str(csv, layer_word(layer));
	csv_str(csv, event_word(ev->kind));
	csv_u64(csv, ev->pid);
	csv_u64(csv, ev->tid);
	switch (layer) {
	case LAYER_SYSCALL:
		call_cells(csv, ev);
		break;
	case LAYER_APP:
		app_cells(csv, ev);
		break;
	case LAYER_PROCESS:
		process_cells(csv, ev);
		break;
	}
	detail(csv, ev);
	csv_end(csv);
	return out_settle(cs->out);
}

/* ---- the end ---- */

static void lost_record(struct csv_sink *cs, unsigned kind, unsigned cause, uint64_t count)
{
	struct csv *csv = &cs->csv;
	csv_begin(csv, &cs->out->text);
	csv_none(csv); /* time_ns */
	csv_none(csv); /* layer */
	csv_str(csv, "lost");
	csv_none(csv); /* pid */
	csv_none(csv); /* tid */
	csv_str(csv, event_word(kind));
	csv_none(csv); /* args */
	csv_u64(csv, count);
	for (int i = 0; i < 6; i++) /* error to bundle */
		csv_none(csv);
	detail_str(&csv->cell, "cause", lost_key(cause));
	csv_cell(csv);
	csv_end(csv);
}

static int events_finish(struct sink *sink, const struct run_result *result)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
			if (result->lost[kind][cause])
				lost_record(cs, kind, cause, result->lost[kind][cause]);
	return out_flush(cs->out);
}

static int no_event(struct sink *sink, const struct event *ev)
{
	(void)ev;
	return ((struct csv_sink *)sink)->out->error;
}

static int tables_finish(struct sink *sink, const struct run_result *result)
{
	struct csv_sink *cs = (struct csv_sink *)sink;
	csv_summary(cs->out, &cs->csv, result);
	return out_flush(cs->out);
}

static void csv_sink_free(struct sink *sink)
{
	csv_free(&((struct csv_sink *)sink)->csv);
	free(sink);
}

struct sink *csv_sink_new(struct out *out, enum csv_form form)
{
	struct csv_sink *cs = calloc(1, sizeof(*cs));
	if (!cs)
		return NULL;
	cs->out = out;
	if (form == CSV_EVENTS) {
		cs->sink = (struct sink){ csv_event, events_finish, csv_sink_free };
		text_str(&out->text, header);
	} else {
		cs->sink = (struct sink){ no_event, tables_finish, csv_sink_free };
	}
	return &cs->sink;
}
