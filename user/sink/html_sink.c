/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page is html_page.html with what {{...}} names put in: the style, the script, and the data as JSON in
 * script elements that the browser does not run. All names in the data are someone else's: no `<` gets
 * through, so that they cannot end their element, and the page's policy runs no script but the one that has
 * its nonce.
 */
#include "html_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "user/calls/result.h"
#include "user/base/errnames.h"
#include "html_page.h"
#include "json_event.h"
#include "user/base/spool.h"
#include "user/event/stacks.h"
#include "user/tables/summary.h"
#include "user/calls/syscalls.h"
#include "tracks.h"
#include "user/event/words.h"

enum { NONCE_BYTES = 16, NAME_SHOWN = 80 };

struct html_sink {
	struct sink sink;
	struct out *out;
	struct out spool;  /* what is written at the end and has to be escaped: the "run" object */
	struct text piece; /* JSON that is not escaped yet */
	const char *rest;  /* of html_page: not written yet */
	struct tracks tracks;
	uint64_t base_ns;
	uint64_t drawn, not_drawn;
	char nonce[2 * NONCE_BYTES + 1];
};

/* ---- the page ---- */

static bool make_nonce(struct html_sink *hs)
{
	unsigned char bytes[NONCE_BYTES];
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return false;
	for (unsigned i = 0; i < NONCE_BYTES; i++) {
		hs->nonce[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		hs->nonce[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return true;
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Writes the page up to {{stop}}, or its end for NULL. */
static void write_page(struct html_sink *hs, const char *stop)
{
	struct text *t = &hs->out->text;
	const char *mark;
	while ((mark = strstr(hs->rest, "{{"))) {
		const char *name = mark + 2;
		text_add(t, hs->rest, (size_t)(mark - hs->rest));
		hs->rest = strstr(name, "}}") + 2;
		if (stop && starts(name, stop))
			return;
		if (starts(name, "nonce"))
			text_str(t, hs->nonce);
		else if (starts(name, "style"))
			text_str(t, html_page_style);
		else if (starts(name, "script"))
			text_str(t, html_page_script);
	}
	text_str(t, hs->rest);
	hs->rest += strlen(hs->rest);
}

/* JSON has these characters within strings only, where an escape means the same. */
static void add_escaped(struct text *t, const char *json, size_t len)
{
	while (len > 0) {
		size_t plain = 0;
		while (plain < len && json[plain] != '<' && json[plain] != '>' && json[plain] != '&')
			plain++;
		text_add(t, json, plain);
		if (plain < len) {
			char c = json[plain++];
			text_str(t, c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026");
		}
		json += plain;
		len -= plain;
	}
}

/* ---- one event of the timeline: [kind, from, took, pid, tid, name, note] ---- */

static void number(struct text *t, uint64_t v)
{
	text_u64(t, v);
	text_char(t, ',');
}

/* The beginning of a name, whole characters of it. */
static void short_name(struct text *t, struct span name)
{
	uint32_t len = name.len;
	if (len > NAME_SHOWN) {
		len = NAME_SHOWN;
		while (len > NAME_SHOWN - 4 && (name.data[len] & 0xc0) == 0x80)
			len--;
	}
	if (!name.data)
		text_char(t, '?');
	text_json(t, name.data, len);
	if (name.cut || len < name.len)
		text_add(t, "...", 3);
}

static void call_note(struct text *t, const struct call_event *call)
{
	const char *error = result_failed(call) ? errno_name((int)-call->result) : NULL;
	if (error)
		text_str(t, error);
	else if (call->returned)
		text_s64(t, call->result);
	else if (call->unfinished)
		text_str(t, "unfinished");
	if (!call->file.path.data)
		return;
	text_char(t, ' ');
	short_name(t, call->file.path);
}

static void app_note(struct text *t, const struct event *ev)
{
	const uint64_t *args = ev->app.args;
	const char *error;
	if (ev->kind == EVENT_APP_ERROR) {
		error = args[APP_ERROR_ERRNO] < 4096 ? errno_name((int)args[APP_ERROR_ERRNO]) : NULL;
		text_str(t, error ? error : "unknown");
		return;
	}
	text_u64(t, args[APP_SIZE]);
	text_str(t, " bytes");
	if (ev->kind == EVENT_APP_LOAD) {
		text_str(t, " in ");
		duration_text(t, args[APP_LOAD_NS]);
	}
	if (ev->kind == EVENT_APP_LOAD || ev->kind == EVENT_APP_EVICT || ev->kind == EVENT_APP_PREFETCH)
		text_str(t, ", ");
	if (ev->kind == EVENT_APP_LOAD)
		text_str(t, cause_word(args[APP_LOAD_CAUSE]));
	else if (ev->kind == EVENT_APP_EVICT)
		text_str(t, reason_word(args[APP_EVICT_REASON]));
	else if (ev->kind == EVENT_APP_PREFETCH)
		text_str(t, source_word(args[APP_PREFETCH_SOURCE]));
}

static void line_note(struct text *t, const struct frame *frame)
{
	struct text place = { 0 };
	frame_location_text(&place, frame);
	text_str(t, " at ");
	text_json(t, place.data, place.len);
	text_free(&place);
}

/* Where the slice of an event begins; one that has none begins and ends at once. */
static uint64_t slice_start(struct html_sink *hs, const struct event *ev)
{
	bool made;
	struct track *track = tracks_get(&hs->tracks, ev->pid, ev->tid, &made);
	if (track && ev->kind == EVENT_APP_MISS)
		track_miss(track, ev->time_ns, &ev->app);
	else if (track && ev->kind == EVENT_APP_LOAD)
		return track_load(track, ev->time_ns, ev->app.args[APP_LOAD_NS]);
	else if (track && ev->duration_ns != NO_DURATION)
		return track_call(track, ev->time_ns, ev->duration_ns);
	return ev->time_ns;
}

static uint64_t since_start(const struct html_sink *hs, uint64_t ns)
{
	return ns > hs->base_ns ? ns - hs->base_ns : 0;
}

/* took: -1 where it is unknown. */
static void add_times(struct html_sink *hs, struct text *t, const struct event *ev)
{
	uint64_t from = since_start(hs, slice_start(hs, ev)), to = since_start(hs, ev->time_ns);
	number(t, from);
	if (ev->kind == EVENT_APP_LOAD || (ev->kind == EVENT_SYSCALL && ev->duration_ns != NO_DURATION))
		number(t, to - from);
	else
		text_str(t, "-1,");
}

static void add_event(struct html_sink *hs, const struct event *ev)
{
	struct text *t = &hs->piece;
	text_clear(t);
	text_str(t, hs->drawn ? ",\n[" : "[");
	number(t, ev->kind);
	add_times(hs, t, ev);
	number(t, ev->pid);
	number(t, ev->tid);
	text_char(t, '"');
	if (ev->kind == EVENT_SYSCALL)
		syscall_name_text(t, ev->call.nr);
	else
		short_name(t, ev->app.name);
	text_str(t, "\",\"");
	if (ev->kind == EVENT_SYSCALL)
		call_note(t, &ev->call);
	else
		app_note(t, ev);
	if (ev->stack && stack_line(ev->stack))
		line_note(t, stack_line(ev->stack));
	text_str(t, "\"]");
	add_escaped(&hs->out->text, t->data, t->len);
	if (t->failed)
		hs->out->text.failed = true;
	hs->drawn++;
}

static bool is_drawn(unsigned kind)
{
	return kind == EVENT_SYSCALL || (kind >= EVENT_APP_HIT && kind <= EVENT_APP_ERROR);
}

static int html_event(struct sink *sink, const struct event *ev)
{
	struct html_sink *hs = (struct html_sink *)sink;
	if (ev->kind == EVENT_EXIT)
		tracks_end(&hs->tracks, ev->tid);
	if (!is_drawn(ev->kind))
		return hs->out->error;
	if (hs->drawn < HTML_EVENTS)
		add_event(hs, ev);
	else
		hs->not_drawn++;
	return out_settle(hs->out);
}

/* ---- what the run was ---- */

static void begin_run(struct text *t, const struct run_start *start)
{
	text_str(t, "{\"version\":\"" VERSION "\",\"command\":");
	json_command(t, start->command);
	text_str(t, ",\"start_time_ns\":");
	text_s64(t, start->start_time_ns);
	text_str(t, ",\"kinds\":[");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		text_str(t, kind ? ",\"" : "\"");
		text_str(t, event_word(kind));
		text_char(t, '"');
	}
	text_char(t, ']');
}

static int copy_escaped(struct html_sink *hs)
{
	char buf[16 * 1024];
	off_t at = 0;
	int err = out_flush(&hs->spool);
	while (!err) {
		ssize_t n = pread(hs->spool.fd, buf, sizeof(buf), at);
		if (n == 0)
			return 0;
		if (n > 0) {
			add_escaped(&hs->out->text, buf, (size_t)n);
			at += n;
			err = out_settle(hs->out);
		} else if (errno != EINTR) {
			err = -errno;
		}
	}
	return err;
}

static int html_finish(struct sink *sink, const struct run_result *result)
{
	struct html_sink *hs = (struct html_sink *)sink;
	struct text *t = &hs->spool.text;
	text_str(t, ",\"events_not_here\":");
	text_u64(t, hs->not_drawn);
	text_str(t, ",\"summary\":{");
	summary_json(&hs->spool, result);
	text_str(t, "}}\n");
	text_str(&hs->out->text, "]\n");
	write_page(hs, "run");
	int spool_err = copy_escaped(hs);
	write_page(hs, NULL);
	int err = out_flush(hs->out);
	return err ? err : spool_err;
}

static void html_sink_free(struct sink *sink)
{
	struct html_sink *hs = (struct html_sink *)sink;
	if (hs->spool.fd >= 0)
		close(hs->spool.fd);
	out_free(&hs->spool);
	text_free(&hs->piece);
	tracks_free(&hs->tracks);
	free(hs);
}

struct sink *html_sink_new(struct out *out, const struct run_start *start, const char *spool_dir)
{
	struct html_sink *hs = calloc(1, sizeof(*hs));
	if (!hs)
		return NULL;
	hs->sink = (struct sink){ html_event, html_finish, html_sink_free };
	hs->out = out;
	hs->rest = html_page;
	hs->base_ns = (uint64_t)(start->start_time_ns - start->clock_offset_ns);
	int err = spool_open(&hs->spool, spool_dir);
	if (err || !make_nonce(hs)) {
		int why = err ? -err : errno;
		html_sink_free(&hs->sink);
		errno = why;
		return NULL;
	}
	begin_run(&hs->spool.text, start);
	write_page(hs, "events");
	text_char(&out->text, '[');
	return &hs->sink;
}
