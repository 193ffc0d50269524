/* SPDX-License-Identifier: BSD-2-Clause */
#include "text_sink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "user/calls/args_text.h"
#include "user/calls/result_text.h"
#include "user/base/errnames.h"
#include "user/event/stacks.h"
#include "user/calls/syscalls.h"
#include "user/event/words.h"

struct text_sink {
	struct sink sink;
	struct out *out;
	struct text_options options;
	uint64_t shown_ns; /* the time of the line before */
	bool first_shown;
	time_t clock_second; /* what `clock` says */
	char clock[16];
	uint32_t first_tid; /* 0: no event yet */
	bool several_tasks; /* lines say whose they are */
	bool end_shown;     /* of the first task's process */
	struct text first_bundle;
	bool several_bundles; /* cache events say which bundle */
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

/* strace shows when a call began. Calls of several tasks overlap, so that this could step back: then its end. */
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

/* [encoder+0], [encoder..decoder], [manifest] */
static void add_place(struct text *t, const struct place *place)
{
	text_add(t, " [", 2);
	text_escaped(t, place->first.data, place->first.len);
	if (place->first.cut)
		text_add(t, "...", 3);
	if (place->last.data) {
		text_add(t, "..", 2);
		text_escaped(t, place->last.data, place->last.len);
	} else if (!place->header) {
		text_char(t, '+');
		text_u64(t, place->offset);
	}
	text_char(t, ']');
}

static void add_call(struct text_sink *ts, struct text *t, const struct event *ev)
{
	syscall_name_text(t, ev->call.nr);
	text_char(t, '(');
	args_text(t, &ev->call);
	if (ev->call.unfinished) {
		text_str(t, " <unfinished ...>");
		return;
	}
	text_add(t, ") = ", 4);
	result_text(t, &ev->call);
	if (ev->call.place)
		add_place(t, ev->call.place);
	if (ts->options.durations && ev->duration_ns != NO_DURATION) {
		text_add(t, " <", 2);
		text_seconds(t, ev->duration_ns, 6);
		text_char(t, '>');
	}
}

static void add_name(struct text *t, struct span name)
{
	if (!name.data)
		text_char(t, '?');
	else if (name.len == 0)
		text_add(t, "\"\"", 2);
	else
		text_escaped(t, name.data, name.len);
	if (name.cut)
		text_add(t, "...", 3);
}

static void add_number(struct text *t, const char *before, uint64_t v, const char *after)
{
	text_str(t, before);
	text_u64(t, v);
	text_str(t, after);
}

static void add_error(struct text *t, uint64_t number)
{
	const char *name = number < 4096 ? errno_name((int)number) : NULL;
	if (!name) {
		add_number(t, " errno ", number, "");
		return;
	}
	const char *meaning = errno_meaning((int)number);
	text_char(t, ' ');
	text_str(t, name);
	if (meaning) {
		text_add(t, " (", 2);
		text_str(t, meaning);
		text_char(t, ')');
	}
}

static void add_load(struct text *t, const uint64_t *args)
{
	add_number(t, " ", args[APP_SIZE], " B in ");
	duration_text(t, args[APP_LOAD_NS]);
	if (args[APP_LOAD_CAUSE] == 0)
		return;
	text_add(t, " (", 2);
	text_str(t, cause_word(args[APP_LOAD_CAUSE]));
	text_char(t, ')');
}

static void add_close(struct text *t, const uint64_t *args)
{
	add_number(t, " ", args[APP_CLOSE_HITS], " hits");
	add_number(t, ", ", args[APP_CLOSE_MISSES], " misses");
	add_number(t, ", ", args[APP_CLOSE_EVICTIONS], " evictions");
	add_number(t, ", ", args[APP_CLOSE_PREFETCHES], " prefetches");
	add_number(t, ", ", args[APP_CLOSE_BYTES_LOADED], " B loaded");
}

/* The new one follows, as it is called in the probe. */
static void add_policy(struct text *t, const uint64_t *args)
{
	text_char(t, ' ');
	text_str(t, policy_word(args[APP_POLICY_FROM]));
	text_str(t, " ->");
}

static void add_app(struct text *t, const struct event *ev)
{
	const uint64_t *args = ev->app.args;
	text_str(t, event_word(ev->kind));
	if (ev->kind == EVENT_APP_POLICY)
		add_policy(t, args);
	if (ev->kind != EVENT_APP_CLOSE) {
		text_char(t, ' ');
		add_name(t, ev->app.name);
	}
	switch (ev->kind) {
	case EVENT_APP_OPEN:
		add_number(t, " ", args[APP_OPEN_MODELS], " models");
		add_number(t, ", limit ", args[APP_OPEN_LIMIT], " B");
		break;
	case EVENT_APP_HIT:
	case EVENT_APP_MISS:
		add_number(t, " ", args[APP_SIZE], " B @");
		text_u64(t, args[APP_OFFSET]);
		break;
	case EVENT_APP_LOAD:
		add_load(t, args);
		break;
	case EVENT_APP_EVICT:
		add_number(t, " ", args[APP_SIZE], " B ");
		text_str(t, reason_word(args[APP_EVICT_REASON]));
		add_number(t, ", ", args[APP_EVICT_RESIDENT], " B left");
		break;
	case EVENT_APP_PREFETCH:
		add_number(t, " ", args[APP_SIZE], " B @");
		add_number(t, "", args[APP_OFFSET], " ");
		text_str(t, source_word(args[APP_PREFETCH_SOURCE]));
		break;
	case EVENT_APP_ERROR:
		add_error(t, args[APP_ERROR_ERRNO]);
		break;
	case EVENT_APP_CLOSE:
		add_close(t, args);
		break;
	case EVENT_APP_POLICY:
		add_number(t, ", misses would cost ", args[APP_POLICY_COST_FROM], " B");
		add_number(t, " -> ", args[APP_POLICY_COST_TO], " B");
		break;
	}
}

/* Which bundle, once there is more than one. */
static void add_bundle(struct text_sink *ts, struct text *t, const struct event *ev)
{
	if (!ts->several_bundles || ev->kind == EVENT_APP_OPEN || ev->app.bundle == 0)
		return;
	text_add(t, " in ", 4);
	if (ev->app.bundle_path.data)
		add_name(t, ev->app.bundle_path);
	else
		add_number(t, "bundle ", ev->app.bundle, "");
}

static void add_exit(struct text *t, int status)
{
	if (!WIFSIGNALED(status)) {
		add_number(t, "+++ exited with ", (uint64_t)WEXITSTATUS(status), " +++");
		return;
	}
	text_str(t, "+++ killed by ");
	text_str(t, signal_word(WTERMSIG(status)));
	text_str(t, WCOREDUMP(status) ? " (core dumped) +++" : " +++");
}

static void add_app_coloured(struct text_sink *ts, struct text *t, const struct event *ev)
{
	static const char *const colours[EVENT_KINDS] = {
		[EVENT_APP_HIT] = "\033[32m",
		[EVENT_APP_MISS] = "\033[33m",
		[EVENT_APP_EVICT] = "\033[31m",
		[EVENT_APP_PREFETCH] = "\033[36m",
		[EVENT_APP_ERROR] = "\033[31m",
	};
	const char *colour = ts->options.colour ? colours[ev->kind] : NULL;
	if (colour)
		text_str(t, colour);
	add_app(t, ev);
	add_bundle(ts, t, ev);
	if (colour)
		text_str(t, "\033[0m");
}

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

/* A task of a container has another number there: said once. */
static void add_own_pid(struct text *t, const struct event *ev)
{
	bool process = ev->pid == ev->tid;
	add_number(t, process ? "--- process " : "--- thread ", ev->tid, " is ");
	add_number(t, "", process ? ev->ns_pid : ev->ns_tid, " in its own pid namespace ---\n");
}

/* ---- what the lines before said ---- */

static void note_task(struct text_sink *ts, const struct event *ev)
{
	if (ts->first_tid == 0)
		ts->first_tid = ev->tid;
	if (ev->tid != ts->first_tid || ev->kind == EVENT_FORK)
		ts->several_tasks = true;
	if (ev->kind == EVENT_EXIT && ev->tid == ts->first_tid)
		ts->end_shown = true;
}

/* Two processes with the same file open are one bundle here: the lines have the process already. */
static void note_bundle(struct text_sink *ts, const struct event *ev)
{
	struct span path = ev->kind == EVENT_APP_OPEN ? ev->app.name : ev->app.bundle_path;
	if (ev->app.bundle == 0) /* an open that failed */
		return;
	if (!path.data)
		path = (struct span){ .data = (const char *)&ev->app.bundle, .len = sizeof(ev->app.bundle) };
	if (ts->first_bundle.len == 0)
		text_add(&ts->first_bundle, path.data, path.len);
	else if (ts->first_bundle.len != path.len || memcmp(ts->first_bundle.data, path.data, path.len) != 0)
		ts->several_bundles = true;
}

bool text_sink_shows(const struct event *ev)
{
	enum layer layer = event_layer(ev);
	return layer != LAYER_PROCESS || (ev->kind == EVENT_EXIT && ev->pid == ev->tid);
}

/* Where events are missing: how many, and how long a time that may be. */
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
	if (ev->ns_first)
		add_own_pid(t, ev);
	if (!text_sink_shows(ev))
		return out_settle(ts->out);
	if (event_layer(ev) == LAYER_APP && !ts->several_bundles)
		note_bundle(ts, ev);
	add_front(ts, t, ev);
	switch (event_layer(ev)) {
	case LAYER_SYSCALL:
		add_call(ts, t, ev);
		break;
	case LAYER_APP:
		add_app_coloured(ts, t, ev);
		break;
	case LAYER_PROCESS:
		add_exit(t, ev->process.status);
		break;
	}
	if (ev->stack && ts->options.stack != TEXT_STACK_NONE)
		add_stack(ts, t, ev->stack);
	text_char(t, '\n');
	return out_settle(ts->out);
}

/* The status is known even if the event of the end was lost. Losses and tables are for summary_text(). */
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
	ts->several_tasks = options->several_tasks;
	return &ts->sink;
}
