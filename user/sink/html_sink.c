/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page is html_page.html with its {{names}} replaced: the style, the script, and the data as JSON in script
 * elements that the browser does not run. All names in the data are untrusted: JSON is written without `<`, so
 * that no name can end its element, and the page's policy runs only the script that has its nonce.
 */
#include "html_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "html_page.h"
#include "json_sink.h"
#include "layers.h"
#include "pieces.h"
#include "summary_json.h"
#include "tracks.h"
#include "user/base/errnames.h"
#include "user/calls/result.h"
#include "user/calls/syscalls.h"
#include "user/event/event_range.h"
#include "user/event/stacks.h"
#include "user/event/words.h"

enum { NONCE_BYTES = 16, NAME_SHOWN = 80 };

struct html_sink {
	struct sink sink;
	struct out *out;
	const char *rest;  /* of html_page: not written yet */
	struct json json;  /* into out: the array of events */
	struct text start; /* the first fields of the object "run": they are known before the events */
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

/* Writes the page up to {{stop}}; NULL: up to its end. */
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

/* ---- one event of the timeline: [kind, from, took, pid, tid, name, note] ---- */

/* At most NAME_SHOWN bytes, cut between characters. */
static void short_name(struct json *j, struct span name)
{
	uint32_t len = name.len;
	if (len > NAME_SHOWN) {
		len = NAME_SHOWN;
		while (len > NAME_SHOWN - 4 && (name.data[len] & 0xc0) == 0x80)
			len--;
	}
	if (!name.data)
		text_char(j->text, '?');
	json_part(j, name.data, len);
	if (name.cut || len < name.len)
		text_add(j->text, "...", 3);
}

static void call_note(struct json *j, const struct call_event *call)
{
	struct text *t = j->text;
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
	short_name(j, call->file.path);
}

/* Of the layers below the system calls: what the layer notes, and the range of the file. */
static void lower_note(struct json *j, const struct event *ev)
{
	const struct layer_view *view = layer_view(ev);
	struct event_range range;
	if (view->note)
		layer_json_part(j, view->note, ev);
	if (ev->kind == EVENT_PHASE && ev->phase.string.data)
		short_name(j, ev->phase.string);
	if (!event_range(ev, &range))
		return;
	if (!view->note)
		add_number(j->text, "", range.bytes, " bytes");
	if (range.located)
		add_number(j->text, " at ", range.start, "");
	if (!range.file->path.data)
		return;
	text_char(j->text, ' ');
	short_name(j, range.file->path);
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

static void line_note(struct json *j, const struct frame *frame)
{
	struct text place = { 0 };
	frame_location_text(&place, frame);
	text_str(j->text, " at ");
	json_part(j, place.data, place.len);
	text_free(&place);
}

/* When the slice of an event begins; an event without a slice begins at its own time. */
static uint64_t slice_start(struct html_sink *hs, const struct event *ev)
{
	bool made;
	if (layer_view(ev)->name) /* those of a thread overlap */
		return event_end_ns(ev) - (ev->duration_ns == NO_DURATION ? 0 : ev->duration_ns);
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

/* The elements `from` and `took`; the latter is -1 if unknown. */
static void add_times(struct html_sink *hs, const struct event *ev)
{
	uint64_t from = since_start(hs, slice_start(hs, ev)), to = since_start(hs, event_end_ns(ev));
	json_u64(&hs->json, from);
	bool took = ev->kind == EVENT_SYSCALL || layer_view(ev)->name;
	if (ev->kind == EVENT_APP_LOAD || (took && ev->duration_ns != NO_DURATION))
		json_u64(&hs->json, to - from);
	else
		json_s64(&hs->json, -1);
}

static void event_name(struct json *j, const struct event *ev)
{
	json_begin_string(j);
	if (ev->kind == EVENT_SYSCALL)
		call_name_text(j->text, &ev->call);
	else if (layer_view(ev)->name)
		layer_json_part(j, layer_view(ev)->name, ev);
	else
		short_name(j, ev->app.name);
	json_end_string(j);
}

static void add_note(struct json *j, const struct event *ev)
{
	json_begin_string(j);
	if (ev->kind == EVENT_SYSCALL)
		call_note(j, &ev->call);
	else if (layer_view(ev)->name)
		lower_note(j, ev);
	else
		app_note(j->text, ev);
	if (ev->stack && stack_line(ev->stack))
		line_note(j, stack_line(ev->stack));
	else if (ev->stack_left_out)
		text_str(j->text, ", stack left out");
	json_end_string(j);
}

static void add_event(struct html_sink *hs, const struct event *ev)
{
	struct json *j = &hs->json;
	if (hs->drawn++)
		json_line(j);
	json_begin_array(j);
	json_u64(j, ev->kind);
	add_times(hs, ev);
	json_u64(j, ev->pid);
	json_u64(j, ev->tid);
	event_name(j, ev);
	add_note(j, ev);
	json_end_array(j);
}

static bool is_drawn(const struct event *ev)
{
	return ev->kind == EVENT_SYSCALL || layer_view(ev)->name ||
	       (ev->kind >= EVENT_APP_HIT && ev->kind <= EVENT_APP_ERROR);
}

static int html_event(struct sink *sink, const struct event *ev)
{
	struct html_sink *hs = (struct html_sink *)sink;
	if (ev->kind == EVENT_EXIT)
		tracks_end(&hs->tracks, ev->tid);
	if (!is_drawn(ev))
		return hs->out->error;
	if (hs->drawn < HTML_EVENTS)
		add_event(hs, ev);
	else
		hs->not_drawn++;
	return out_settle(hs->out);
}

/* ---- the object "run" ---- */

static bool keep_start(struct html_sink *hs, const struct run_start *start)
{
	struct json j = { .text = &hs->start, .in_script = true };
	json_run_fields(&j, start);
	json_field_array(&j, "kinds");
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		json_str(&j, event_word(kind));
	json_end_array(&j);
	return !hs->start.failed;
}

static void write_run(struct html_sink *hs, const struct run_result *result)
{
	struct json j = { .text = &hs->out->text, .in_script = true };
	json_begin_object(&j);
	text_add(json_value(&j), hs->start.data, hs->start.len);
	json_field_u64(&j, "events_not_here", hs->not_drawn);
	json_field_object(&j, "summary");
	summary_json(&j, hs->out, result);
	json_end_object(&j);
	json_end_object(&j);
	text_char(j.text, '\n');
}

/* ---- the sink ---- */

static int html_finish(struct sink *sink, const struct run_result *result)
{
	struct html_sink *hs = (struct html_sink *)sink;
	json_end_array(&hs->json);
	text_char(&hs->out->text, '\n');
	write_page(hs, "run");
	write_run(hs, result);
	write_page(hs, NULL);
	return out_flush(hs->out);
}

static void html_sink_free(struct sink *sink)
{
	struct html_sink *hs = (struct html_sink *)sink;
	text_free(&hs->start);
	tracks_free(&hs->tracks);
	free(hs);
}

struct sink *html_sink_new(struct out *out, const struct run_start *start)
{
	struct html_sink *hs = calloc(1, sizeof(*hs));
	if (!hs)
		return NULL;
	hs->sink = (struct sink){ html_event, html_finish, html_sink_free };
	hs->out = out;
	hs->rest = html_page;
	hs->json = (struct json){ .text = &out->text, .in_script = true };
	hs->base_ns = (uint64_t)(start->start_time_ns - start->clock_offset_ns);
	if (!make_nonce(hs) || !keep_start(hs, start)) {
		int why = errno;
		html_sink_free(&hs->sink);
		errno = why;
		return NULL;
	}
	write_page(hs, "events");
	json_begin_array(&hs->json);
	return &hs->sink;
}
