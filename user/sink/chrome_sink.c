/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every thread is a track. Slices ("X") are system calls and loads, and a miss is one of a nanosecond: the
 * arrow to its load ("s", "f") needs a slice to begin in. The rest of the cache's events are instants ("i").
 * An event's args are the event as docs/json.md has it.
 */
#include "chrome_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "json_event.h"
#include "user/tables/summary.h"
#include "user/calls/syscalls.h"
#include "tracks.h"
#include "user/event/words.h"

struct chrome_sink {
	struct sink sink;
	struct out *out;
	struct tracks tracks;
	struct text start; /* the inside of otherData, as far as the start tells it */
	uint64_t base_ns;  /* time 0 of the viewer */
	uint64_t flows;
	bool any;
};

/* ---- one record ---- */

static void add_ts(const struct chrome_sink *cs, struct text *t, uint64_t ns)
{
	text_us(t, ns > cs->base_ns ? ns - cs->base_ns : 0);
}

/* {"ph":"X","pid":1,"tid":2 */
static struct text *begin(struct chrome_sink *cs, const char *phase, uint32_t pid, uint32_t tid)
{
	struct text *t = &cs->out->text;
	text_str(t, cs->any ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
	cs->any = true;
	text_str(t, phase);
	text_str(t, "\",\"pid\":");
	text_u64(t, pid);
	text_str(t, ",\"tid\":");
	text_u64(t, tid);
	return t;
}

static void add_time(struct chrome_sink *cs, struct text *t, uint64_t ns)
{
	text_str(t, ",\"ts\":");
	add_ts(cs, t, ns);
}

/* A name follows, without its closing quote. */
static void begin_name(struct text *t, const char *category)
{
	text_str(t, ",\"cat\":\"");
	text_str(t, category);
	text_str(t, "\",\"name\":\"");
}

static void end_with_event(struct text *t, const struct event *ev)
{
	struct json_args unused;
	text_str(t, ",\"args\":");
	json_event(t, ev, &unused);
	text_char(t, '}');
}

static void add_span(struct text *t, struct span s)
{
	if (s.data)
		text_json(t, s.data, s.len);
	else
		text_char(t, '?');
	if (s.cut)
		text_add(t, "...", 3);
}

/* evict encoder */
static void event_name(struct text *t, const struct event *ev)
{
	text_str(t, event_word(ev->kind));
	if (ev->kind == EVENT_APP_CLOSE)
		return;
	text_char(t, ' ');
	add_span(t, ev->app.name);
}

static void slice_times(struct chrome_sink *cs, struct text *t, uint64_t from, uint64_t to)
{
	uint64_t base = cs->base_ns;
	add_time(cs, t, from);
	text_str(t, ",\"dur\":");
	text_us(t, (to > base ? to - base : 0) - (from > base ? from - base : 0));
}

static void instant(struct chrome_sink *cs, const struct event *ev, const char *scope,
	void (*name)(struct text *, const struct event *))
{
	struct text *t = begin(cs, "i", ev->pid, ev->tid);
	add_time(cs, t, ev->time_ns);
	text_str(t, ",\"s\":\"");
	text_str(t, scope);
	text_char(t, '"');
	begin_name(t, layer_word(event_layer(ev)));
	name(t, ev);
	text_char(t, '"');
	end_with_event(t, ev);
}

/* ---- names of processes and threads ---- */

static void metadata(struct chrome_sink *cs, const char *what, uint32_t pid, uint32_t tid, struct span name)
{
	struct text *t = begin(cs, "M", pid, tid);
	text_str(t, ",\"name\":\"");
	text_str(t, what);
	text_str(t, "\",\"args\":{\"name\":\"");
	add_span(t, name);
	text_str(t, "\"}}");
}

static void name_task(struct chrome_sink *cs, uint32_t pid, uint32_t tid, struct span name)
{
	if (pid == tid)
		metadata(cs, "process_name", pid, tid, name);
	metadata(cs, "thread_name", pid, tid, name);
}

/* A thread of which nothing is known is called by its number. */
static void name_stranger(struct chrome_sink *cs, uint32_t pid, uint32_t tid)
{
	struct text number = { 0 };
	text_str(&number, pid == tid ? "process " : "thread ");
	text_u64(&number, tid);
	if (!number.failed)
		name_task(cs, pid, tid, (struct span){ number.data, (uint32_t)number.len, false });
	text_free(&number);
}

/* ---- events ---- */

static void call_name(struct text *t, const struct event *ev)
{
	syscall_name_text(t, ev->call.nr);
}

static void call(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	if (ev->duration_ns == NO_DURATION) {
		instant(cs, ev, "t", call_name);
		return;
	}
	uint64_t from = track_call(track, ev->time_ns, ev->duration_ns);
	struct text *t = begin(cs, "X", ev->pid, ev->tid);
	slice_times(cs, t, from, ev->time_ns);
	begin_name(t, "syscall");
	call_name(t, ev);
	text_char(t, '"');
	end_with_event(t, ev);
}

static void slice(struct chrome_sink *cs, const struct event *ev, uint64_t from, uint64_t to)
{
	struct text *t = begin(cs, "X", ev->pid, ev->tid);
	slice_times(cs, t, from, to);
	begin_name(t, "app");
	event_name(t, ev);
	text_char(t, '"');
	end_with_event(t, ev);
}

static void miss(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	track_miss(track, ev->time_ns, &ev->app);
	slice(cs, ev, ev->time_ns, ev->time_ns + 1);
}

static void arrow_end(
	struct chrome_sink *cs, const char *phase, const struct event *ev, uint64_t ns, const char *more)
{
	struct text *t = begin(cs, phase, ev->pid, ev->tid);
	add_time(cs, t, ns);
	begin_name(t, "miss");
	text_str(t, "miss to load\",\"id\":");
	text_u64(t, cs->flows);
	text_str(t, more);
}

static void load(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	uint64_t from = track_load(track, ev->time_ns, ev->app.args[APP_LOAD_NS]);
	slice(cs, ev, from, ev->time_ns);
	if (!track_loaded(track, &ev->app))
		return;
	cs->flows++;
	arrow_end(cs, "s", ev, track->miss_ns, "}");
	arrow_end(cs, "f", ev, from, ",\"bp\":\"e\"}");
}

static void counter(
	struct chrome_sink *cs, uint64_t ns, uint32_t pid, uint32_t tid, uint64_t bundle, uint64_t bytes)
{
	struct text *t = begin(cs, "C", pid, tid);
	add_time(cs, t, ns);
	begin_name(t, "resident");
	text_str(t, "resident of bundle ");
	text_u64(t, bundle);
	text_str(t, "\",\"args\":{\"bytes\":");
	text_u64(t, bytes);
	text_str(t, "}}");
}

static void app(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	uint64_t bytes;
	if (ev->kind == EVENT_APP_MISS)
		miss(cs, track, ev);
	else if (ev->kind == EVENT_APP_LOAD)
		load(cs, track, ev);
	else
		instant(cs, ev, "t", event_name);
	if (tracks_resident(&cs->tracks, ev, &bytes))
		counter(cs, ev->time_ns, ev->pid, ev->tid, ev->app.bundle, bytes);
}

static void process_name(struct text *t, const struct event *ev)
{
	text_str(t, event_word(ev->kind));
	text_char(t, ' ');
	if (ev->kind == EVENT_FORK)
		text_u64(t, ev->process.child_tid);
	else if (ev->kind == EVENT_EXEC)
		add_span(t, ev->process.file);
	else if (WIFSIGNALED(ev->process.status))
		text_str(t, signal_word(WTERMSIG(ev->process.status)));
	else
		text_u64(t, (uint64_t)WEXITSTATUS(ev->process.status));
}

/* The process's memory is gone, with all that its bundles had in it. */
static void drop_bundles(struct chrome_sink *cs, const struct event *ev)
{
	uint64_t bundle;
	while (tracks_drop(&cs->tracks, ev->pid, &bundle))
		counter(cs, ev->time_ns, ev->pid, ev->tid, bundle, 0);
}

static void process(struct chrome_sink *cs, const struct event *ev)
{
	const struct process_event *p = &ev->process;
	bool whole = ev->pid == ev->tid, made;
	if (ev->kind == EVENT_FORK && tracks_get(&cs->tracks, p->child_pid, p->child_tid, &made))
		name_task(cs, p->child_pid, p->child_tid, p->comm);
	if (ev->kind == EVENT_EXEC)
		name_task(cs, ev->pid, ev->tid, p->comm.len ? p->comm : p->file);
	if (ev->kind == EVENT_EXEC || (ev->kind == EVENT_EXIT && whole))
		drop_bundles(cs, ev);
	instant(cs, ev, ev->kind == EVENT_EXIT && whole ? "p" : "t", process_name);
	if (ev->kind == EVENT_EXIT)
		tracks_end(&cs->tracks, ev->tid);
}

static void lost_name(struct text *t, const struct event *ev)
{
	text_u64(t, ev->lost_before);
	text_str(t, " events lost here");
}

static int chrome_event(struct sink *sink, const struct event *ev)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	bool made;
	struct track *track = tracks_get(&cs->tracks, ev->pid, ev->tid, &made);
	if (!track)
		return -ENOMEM;
	if (made && ev->kind != EVENT_EXEC)
		name_stranger(cs, ev->pid, ev->tid);
	if (ev->lost_before)
		instant(cs, ev, "g", lost_name);
	switch (event_layer(ev)) {
	case LAYER_SYSCALL:
		call(cs, track, ev);
		break;
	case LAYER_APP:
		app(cs, track, ev);
		break;
	case LAYER_PROCESS:
		process(cs, ev);
		break;
	}
	return out_settle(cs->out);
}

static int chrome_finish(struct sink *sink, const struct run_result *result)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	struct text *t = &cs->out->text;
	text_str(t, "\n],\n\"otherData\":{");
	text_add(t, cs->start.data, cs->start.len);
	text_str(t, ",\n\"summary\":{");
	summary_json(cs->out, result);
	text_str(t, "}}}\n");
	return out_flush(cs->out);
}

static void chrome_sink_free(struct sink *sink)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	tracks_free(&cs->tracks);
	text_free(&cs->start);
	free(cs);
}

static void note_start(struct text *t, const struct run_start *start)
{
	text_str(t, "\"version\":\"" VERSION "\",\"command\":");
	json_command(t, start->command);
	text_str(t, ",\"start_time_ns\":");
	text_s64(t, start->start_time_ns);
	text_str(t, ",\"clock_offset_ns\":");
	text_s64(t, start->clock_offset_ns);
}

struct sink *chrome_sink_new(struct out *out, const struct run_start *start)
{
	struct chrome_sink *cs = calloc(1, sizeof(*cs));
	if (!cs)
		return NULL;
	cs->sink = (struct sink){ chrome_event, chrome_finish, chrome_sink_free };
	cs->out = out;
	cs->base_ns = (uint64_t)(start->start_time_ns - start->clock_offset_ns);
	note_start(&cs->start, start);
	if (cs->start.failed) {
		chrome_sink_free(&cs->sink);
		return NULL;
	}
	text_str(&out->text, "{\"displayTimeUnit\":\"ns\",\n\"traceEvents\":[");
	return &cs->sink;
}
