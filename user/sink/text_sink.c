/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_sink.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/event/stacks.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

struct text_sink {
	struct sink sink;
	struct out *out;
	struct text_options options;
	uint64_t shown_ns; /* the time on the previous line */
	bool first_shown;
	time_t clock_second; /* the second that `clock` holds as text */
	char clock[16];
	uint32_t first_tid; /* of the first event; 0: none yet */
	bool several_tasks; /* lines start with [pid N] */
	bool end_shown;     /* the end of the first task has its line */
	struct text first_bundle;
	struct line_style style;
};

/* ---- the front of a line ---- */

static void add_clock(struct text_sink *ts, struct text *t, int64_t wall_ns)
{
	time_t second = wall_ns / 1000000000;
	if (second != ts->clock_second || !ts->clock[0]) {
		struct tm tm;
		ts->clock_second = second;
		if (!localtime_r(&second, &tm) || !strftime(ts->clock, sizeof(ts->clock), "%H:%M:%S", &tm))
			strcpy(ts->clock, "??:??:??");
	}
	text_str(t, ts->clock);
}

/* The start of a call, as in strace; its end if the start is before the previous line (calls of several tasks overlap):
 * times never step back. */
static uint64_t line_time(const struct text_sink *ts, const struct event *ev)
{
	uint64_t start = ev->duration_ns <= ev->time_ns ? ev->time_ns - ev->duration_ns : ev->time_ns;
	return start < ts->shown_ns ? ev->time_ns : start;
}

static void add_relative(struct text *t, uint64_t ns)
{
	for (uint64_t limit = 100000; limit > 1 && ns / 1000000000 < limit; limit /= 10)
		text_char(t, ' ');
	text_seconds(t, ns, 6);
}

static void add_time(struct text_sink *ts, struct text *t, const struct event *ev)
{
	if (ts->options.time == TEXT_TIME_NONE)
		return;
	uint64_t shown = line_time(ts, ev);
	int64_t wall = (int64_t)shown + ts->options.clock_offset_ns;
	uint64_t fraction = (uint64_t)wall % 1000000000;
	switch (ts->options.time) {
	case TEXT_TIME_NONE:
		break;
	case TEXT_TIME_SECONDS:
		add_clock(ts, t, wall);
		break;
	case TEXT_TIME_MICROSECONDS:
		add_clock(ts, t, wall);
		text_char(t, '.');
		for (uint64_t unit = 100000000; unit >= 1000; unit /= 10)
			text_char(t, (char)('0' + fraction / unit % 10));
		break;
	case TEXT_TIME_EPOCH:
		text_seconds(t, (uint64_t)wall, 6);
		break;
	case TEXT_TIME_RELATIVE:
		add_relative(t, ts->first_shown ? shown - ts->shown_ns : 0);
		break;
	}
	text_char(t, ' ');
	ts->shown_ns = shown;
	ts->first_shown = true;
}

static void add_front(struct text_sink *ts, struct text *t, const struct event *ev)
{
	if (ts->several_tasks) {
		text_add(t, "[pid ", 5);
		for (uint32_t limit = 10000; limit > 1 && ev->tid < limit; limit /= 10)
			text_char(t, ' ');
		text_u64(t, ev->tid);
		text_add(t, "] ", 2);
	}
	add_time(ts, t, ev);
}

/* ---- lines ---- */

/*     at bundle/format.c:87  # pb_read_model() */
static void add_frame(struct text *t, const struct frame *frame)
{
	text_add(t, "\n    at ", 8);
	frame_location_text(t, frame);
	if (frame->function.data) {
		text_add(t, "  # ", 4);
		text_escaped(t, frame->function.data, frame->function.len);
		text_add(t, "()", 2);
	}
}

static void add_stack(const struct text_sink *ts, struct text *t, const struct stack *stack)
{
	if (ts->options.stack == TEXT_STACK_OWN) {
		const struct frame *frame = stack_line(stack);
		if (frame)
			add_frame(t, frame);
		return;
	}
	for (uint32_t i = 0; i < stack->count; i++)
		add_frame(t, stack->frames[i]);
	if (stack->cut)
		text_str(t, "\n    at ...");
}

/* Once for each task whose number in its own pid namespace differs. */
static void add_own_pid(struct text *t, const struct event *ev)
{
	bool process = ev->pid == ev->tid;
	add_number(t, process ? "--- process " : "--- thread ", ev->tid, " is ");
	add_number(t, "", process ? ev->ns_pid : ev->ns_tid, " in its own pid namespace ---\n");
}

/* Once for each process, and again when it has executed another program. */
static void add_process_name(struct text *t, const struct event *ev)
{
	add_number(t, "--- process ", ev->pid, " is ");
	text_escaped(t, ev->comm.data, ev->comm.len);
	text_str(t, " ---\n");
}

/* ---- state that later lines depend on ---- */

static void note_task(struct text_sink *ts, const struct event *ev)
{
	if (ts->first_tid == 0)
		ts->first_tid = ev->tid;
	if (ev->tid != ts->first_tid || ev->kind == EVENT_FORK)
		ts->several_tasks = true;
	if (ev->kind == EVENT_EXIT && ev->tid == ts->first_tid)
		ts->end_shown = true;
}

/* Bundles are distinguished by path: two processes with the same file open do not count as two. */
static void note_bundle(struct text_sink *ts, const struct event *ev)
{
	struct span path = ev->kind == EVENT_APP_OPEN ? ev->app.name : ev->app.bundle_path;
	if (ev->app.bundle == 0) /* a failed open */
		return;
	if (!path.data)
		path = (struct span){ .data = (const char *)&ev->app.bundle, .len = sizeof(ev->app.bundle) };
	if (ts->first_bundle.len == 0)
		text_add(&ts->first_bundle, path.data, path.len);
	else if (ts->first_bundle.len != path.len || memcmp(ts->first_bundle.data, path.data, path.len) != 0)
		ts->style.several_bundles = true;
}

bool text_sink_shows(const struct event *ev)
{
	const struct layer_view *view = layer_view(ev);
	return !view->in_text || view->in_text(ev);
}

/* A line where events are missing: how many, and within how long. */
static void add_gap(struct text *t, const struct event *ev)
{
	add_number(t, "--- ", ev->lost_before, " events lost here");
	if (ev->lost_since_ns) {
		text_str(t, " within ");
		duration_text(t, ev->time_ns - ev->lost_since_ns);
	}
	text_str(t, " ---\n");
}

static int text_event(struct sink *sink, const struct event *ev)
{
	struct text_sink *ts = (struct text_sink *)sink;
	struct text *t = &ts->out->text;
	note_task(ts, ev);
	if (ev->lost_before)
		add_gap(t, ev);
	if (ev->comm.data && (ts->options.names || ts->several_tasks))
		add_process_name(t, ev);
	if (ev->ns_first)
		add_own_pid(t, ev);
	if (!text_sink_shows(ev))
		return out_settle(ts->out);
	if (event_layer(ev) == LAYER_APP && !ts->style.several_bundles)
		note_bundle(ts, ev);
	add_front(ts, t, ev);
	if (ev->within_load)
		text_add(t, "  ", 2);
	layer_view(ev)->text(t, ev, &ts->style);
	if (ev->stack && ts->options.stack != TEXT_STACK_NONE)
		add_stack(ts, t, ev->stack);
	else if (ev->stack_left_out && ts->options.stack != TEXT_STACK_NONE)
		text_str(t, "\n    at (left out)");
	text_char(t, '\n');
	return out_settle(ts->out);
}

/* Adds the exit line if its event was lost. Losses and tables come from summary_text(). */
static int text_finish(struct sink *sink, const struct run_result *result)
{
	struct text_sink *ts = (struct text_sink *)sink;
	if (result->ended && !ts->end_shown) {
		add_exit(&ts->out->text, result->status);
		text_char(&ts->out->text, '\n');
	}
	return out_flush(ts->out);
}

static void text_sink_free(struct sink *sink)
{
	text_free(&((struct text_sink *)sink)->first_bundle);
	free(sink);
}

struct sink *text_sink_new(struct out *out, const struct text_options *options)
{
	struct text_sink *ts = calloc(1, sizeof(*ts));
	if (!ts)
		return NULL;
	ts->sink = (struct sink){ text_event, text_finish, text_sink_free };
	ts->out = out;
	ts->options = *options;
	ts->style = (struct line_style){ .durations = options->durations, .colour = options->colour };
	ts->several_tasks = options->several_tasks;
	return &ts->sink;
}
