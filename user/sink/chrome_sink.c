/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every thread is a track. System calls and loads are slices ("X"). A miss is a slice of one nanosecond, because
 * the arrow from it to its load ("s", "f") has to begin in a slice. The other cache events are instants ("i"). Requests
 * of io_uring and phases are asynchronous slices ("b", "e").
 * The args of a record are its event as in docs/json.md.
 */
#include "chrome_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "json_event.h"
#include "json_sink.h"
#include "layers.h"
#include "summary_json.h"
#include "tracks.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

struct chrome_sink {
	struct sink sink;
	struct out *out;
	struct json json; /* into out, with "traceEvents" open */
	struct tracks tracks;
	struct text start; /* the fields of otherData that are known at the start */
	uint64_t base_ns;  /* time 0 of the viewer */
	uint64_t flows;    /* arrows from misses to loads */
	uint64_t lower;    /* events of the layers below the system calls, drawn so far as slices */
};

/* ---- one record ---- */

/* {"ph":"X","pid":1,"tid":2 */
static struct json *begin(struct chrome_sink *cs, const char *phase, uint32_t pid, uint32_t tid)
{
	struct json *j = &cs->json;
	json_line(j);
	json_begin_object(j);
	json_field_word(j, "ph", phase);
	json_field_u64(j, "pid", pid);
	json_field_u64(j, "tid", tid);
	return j;
}

static uint64_t since_start(const struct chrome_sink *cs, uint64_t ns)
{
	return ns > cs->base_ns ? ns - cs->base_ns : 0;
}

/* The caller adds the name and ends the string. */
static void begin_name(struct json *j, const char *category)
{
	json_field_word(j, "cat", category);
	json_key(j, "name");
	json_begin_string(j);
}

static void end_with_event(struct json *j, const struct event *ev)
{
	struct json_args unused;
	json_key(j, "args");
	json_event(json_value(j), ev, &unused);
	json_end_object(j);
}

static void add_span(struct json *j, struct span s)
{
	if (s.data)
		json_part(j, s.data, s.len);
	else
		text_char(j->text, '?');
	if (s.cut)
		text_add(j->text, "...", 3);
}

/* evict encoder */
static void event_name(struct json *j, const struct event *ev)
{
	text_str(j->text, event_word(ev->kind));
	if (ev->kind == EVENT_APP_CLOSE)
		return;
	text_char(j->text, ' ');
	add_span(j, ev->app.name);
}

static void slice(struct chrome_sink *cs, const struct event *ev, uint64_t from_ns, uint64_t to_ns,
	void (*name)(struct json *, const struct event *))
{
	struct json *j = begin(cs, "X", ev->pid, ev->tid);
	json_key(j, "ts");
	text_us(json_value(j), since_start(cs, from_ns));
	json_key(j, "dur");
	text_us(json_value(j), since_start(cs, to_ns) - since_start(cs, from_ns));
	begin_name(j, layer_word(event_layer(ev)));
	name(j, ev);
	json_end_string(j);
	end_with_event(j, ev);
}

static void instant(struct chrome_sink *cs, const struct event *ev, const char *scope,
	void (*name)(struct json *, const struct event *))
{
	struct json *j = begin(cs, "i", ev->pid, ev->tid);
	json_key(j, "ts");
	text_us(json_value(j), since_start(cs, ev->time_ns));
	json_field_word(j, "s", scope);
	begin_name(j, layer_word(event_layer(ev)));
	name(j, ev);
	json_end_string(j);
	end_with_event(j, ev);
}

/* ---- names of processes and threads ---- */

static void metadata(struct chrome_sink *cs, const char *what, uint32_t pid, uint32_t tid, struct span name)
{
	struct json *j = begin(cs, "M", pid, tid);
	json_field_word(j, "name", what);
	json_field_object(j, "args");
	json_key(j, "name");
	json_begin_string(j);
	add_span(j, name);
	json_end_string(j);
	json_end_object(j);
	json_end_object(j);
}

static void name_task(struct chrome_sink *cs, uint32_t pid, uint32_t tid, struct span name)
{
	if (pid == tid)
		metadata(cs, "process_name", pid, tid, name);
	metadata(cs, "thread_name", pid, tid, name);
}

/* A thread whose name is unknown is called by its number. */
static void name_by_number(struct chrome_sink *cs, uint32_t pid, uint32_t tid)
{
	struct text number = { 0 };
	text_str(&number, pid == tid ? "process " : "thread ");
	text_u64(&number, tid);
	if (!number.failed)
		name_task(cs, pid, tid, (struct span){ number.data, (uint32_t)number.len, false });
	text_free(&number);
}

/* ---- system calls ---- */

static void call_name(struct json *j, const struct event *ev)
{
	call_name_text(j->text, &ev->call);
}

static void call(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	if (ev->duration_ns == NO_DURATION)
		instant(cs, ev, "t", call_name);
	else
		slice(cs, ev, track_call(track, ev->time_ns, ev->duration_ns), ev->time_ns, call_name);
}

/* ---- cache events ---- */

static void miss(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	track_miss(track, ev->time_ns, &ev->app);
	slice(cs, ev, ev->time_ns, ev->time_ns + 1, event_name);
}

/* One end of an arrow; the caller ends the record. */
static struct json *arrow_end(struct chrome_sink *cs, const char *phase, const struct event *ev, uint64_t ns)
{
	struct json *j = begin(cs, phase, ev->pid, ev->tid);
	json_key(j, "ts");
	text_us(json_value(j), since_start(cs, ns));
	json_field_word(j, "cat", "miss");
	json_field_word(j, "name", "miss to load");
	json_field_u64(j, "id", cs->flows);
	return j;
}

static void load(struct chrome_sink *cs, struct track *track, const struct event *ev)
{
	uint64_t from = track_load(track, ev->time_ns, ev->app.args[APP_LOAD_NS]);
	slice(cs, ev, from, ev->time_ns, event_name);
	if (!track_loaded(track, &ev->app))
		return;
	cs->flows++;
	json_end_object(arrow_end(cs, "s", ev, track->miss_ns));
	struct json *j = arrow_end(cs, "f", ev, from);
	json_field_word(j, "bp", "e"); /* the arrow ends at the slice around it, not at the next one */
	json_end_object(j);
}

/* The bytes that a bundle has in memory from this event on. */
static void counter(struct chrome_sink *cs, const struct event *ev, uint64_t bundle, uint64_t bytes)
{
	struct json *j = begin(cs, "C", ev->pid, ev->tid);
	json_key(j, "ts");
	text_us(json_value(j), since_start(cs, ev->time_ns));
	begin_name(j, "resident");
	text_str(j->text, "resident of bundle ");
	text_u64(j->text, bundle);
	json_end_string(j);
	json_field_object(j, "args");
	json_field_u64(j, "bytes", bytes);
	json_end_object(j);
	json_end_object(j);
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
		counter(cs, ev, ev->app.bundle, bytes);
}

/* ---- the layers below the system calls ---- */

static void lower_name(struct json *j, const struct event *ev)
{
	layer_json_part(j, layer_view(ev)->name, ev);
}

/* One end of a slice that does not nest in its thread's; the caller ends the record. */
static struct json *lower_end(struct chrome_sink *cs, const char *phase, const struct event *ev, uint64_t ns)
{
	struct json *j = begin(cs, phase, ev->pid, ev->tid);
	json_key(j, "ts");
	text_us(json_value(j), since_start(cs, ns));
	json_field_u64(j, "id", cs->lower);
	begin_name(j, layer_word(event_layer(ev)));
	lower_name(j, ev);
	json_end_string(j);
	return j;
}

/* Such events of one thread overlap. */
static void lower(struct chrome_sink *cs, const struct event *ev)
{
	if (!layer_view(ev)->name)
		return;
	if (ev->duration_ns == NO_DURATION) {
		instant(cs, ev, "t", lower_name);
		return;
	}
	cs->lower++;
	uint64_t end = event_end_ns(ev);
	end_with_event(lower_end(cs, "b", ev, end - ev->duration_ns), ev);
	json_end_object(lower_end(cs, "e", ev, end));
}

/* ---- processes ---- */

static void process_name(struct json *j, const struct event *ev)
{
	text_str(j->text, event_word(ev->kind));
	text_char(j->text, ' ');
	if (ev->kind == EVENT_FORK)
		text_u64(j->text, ev->process.child_tid);
	else if (ev->kind == EVENT_EXEC)
		add_span(j, ev->process.file);
	else if (WIFSIGNALED(ev->process.status))
		text_str(j->text, signal_word(WTERMSIG(ev->process.status)));
	else
		text_u64(j->text, (uint64_t)WEXITSTATUS(ev->process.status));
}

/* The process's memory is gone, and with it all that its bundles had in memory. */
static void drop_bundles(struct chrome_sink *cs, const struct event *ev)
{
	uint64_t bundle;
	while (tracks_drop(&cs->tracks, ev->pid, &bundle))
		counter(cs, ev, bundle, 0);
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

/* ---- the sink ---- */

static void lost_name(struct json *j, const struct event *ev)
{
	text_u64(j->text, ev->lost_before);
	text_str(j->text, " events lost here");
}

static int chrome_event(struct sink *sink, const struct event *ev)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	bool made;
	struct track *track = tracks_get(&cs->tracks, ev->pid, ev->tid, &made);
	if (!track)
		return -ENOMEM;
	if (made && ev->kind != EVENT_EXEC) /* an exec brings the name */
		name_by_number(cs, ev->pid, ev->tid);
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
	default:
		lower(cs, ev);
	}
	return out_settle(cs->out);
}

static int chrome_finish(struct sink *sink, const struct run_result *result)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	struct json *j = &cs->json;
	json_end_lines(j);
	json_line(j);
	json_field_object(j, "otherData");
	text_add(json_value(j), cs->start.data, cs->start.len);
	json_line(j);
	json_field_object(j, "summary");
	summary_json(j, cs->out, result);
	json_end_object(j);
	json_end_object(j);
	json_end_object(j);
	text_char(j->text, '\n');
	return out_flush(cs->out);
}

static void chrome_sink_free(struct sink *sink)
{
	struct chrome_sink *cs = (struct chrome_sink *)sink;
	tracks_free(&cs->tracks);
	text_free(&cs->start);
	free(cs);
}

static bool keep_start(struct chrome_sink *cs, const struct run_start *start)
{
	struct json j = { .text = &cs->start };
	json_run_fields(&j, start);
	json_field_s64(&j, "clock_offset_ns", start->clock_offset_ns);
	return !cs->start.failed;
}

static void begin_document(struct json *j)
{
	json_begin_object(j);
	json_field_word(j, "displayTimeUnit", "ns");
	json_line(j);
	json_field_array(j, "traceEvents");
}

struct sink *chrome_sink_new(struct out *out, const struct run_start *start)
{
	struct chrome_sink *cs = calloc(1, sizeof(*cs));
	if (!cs)
		return NULL;
	cs->sink = (struct sink){ chrome_event, chrome_finish, chrome_sink_free };
	cs->out = out;
	cs->json.text = &out->text;
	cs->base_ns = (uint64_t)(start->start_time_ns - start->clock_offset_ns);
	if (!keep_start(cs, start)) {
		chrome_sink_free(&cs->sink);
		return NULL;
	}
	begin_document(&cs->json);
	return &cs->sink;
}
