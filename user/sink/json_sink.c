/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "json_event.h"
#include "summary_json.h"
#include "user/base/spool.h"
#include "user/event/schema.h"

struct json_sink {
	struct sink sink;
	struct out *out;
	enum json_form form;
	struct json json;      /* of a document: into out, with "events" open */
	struct out calls;      /* of a document: the system calls, a spool */
	struct json call_json; /* into `calls`: the elements of "syscalls" */
};

void json_run_fields(struct json *j, const struct run_start *start)
{
	json_field_str(j, "version", VERSION);
	json_key(j, "command");
	json_strings(j, start->command);
	json_field_s64(j, "start_time_ns", start->start_time_ns);
}

static void start_fields(struct json *j, const struct run_start *start)
{
	json_field_str(j, "schema", TRACE_SCHEMA);
	json_run_fields(j, start);
	json_field_s64(j, "clock_offset_ns", start->clock_offset_ns);
}

/* ---- lines ---- */

static void begin_line(struct json *j, const char *event)
{
	json_begin_object(j);
	json_field_str(j, "event", event);
}

static void end_line(struct json *j)
{
	json_end_object(j);
	text_char(j->text, '\n');
}

static void first_line(struct json_sink *js, const struct run_start *start)
{
	struct json j = { .text = &js->out->text };
	begin_line(&j, "start");
	start_fields(&j, start);
	end_line(&j);
}

static int line_event(struct sink *sink, const struct event *ev)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct json_args args;
	json_event(&js->out->text, ev, &args);
	text_char(&js->out->text, '\n');
	return out_settle(js->out);
}

static int line_finish(struct sink *sink, const struct run_result *result)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct json j = { .text = &js->out->text };
	begin_line(&j, "summary");
	summary_json(&j, js->out, result);
	end_line(&j);
	return out_flush(js->out);
}

/* ---- a document ---- */

static void begin_document(struct json_sink *js, const struct run_start *start)
{
	struct json *j = &js->json;
	json_begin_object(j);
	start_fields(j, start);
	json_line(j);
	json_field_array(j, "events");
}

static int spool_call(struct json_sink *js, const struct event *ev, const struct json_args *args)
{
	struct json *j = &js->call_json;
	json_line(j);
	json_call(json_value(j), ev, js->out->text.data + args->start, args->end - args->start);
	return out_settle(&js->calls);
}

static int document_event(struct sink *sink, const struct event *ev)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct json_args args;
	json_line(&js->json);
	json_event(json_value(&js->json), ev, &args);
	if (ev->kind == EVENT_SYSCALL && !ev->call.unfinished && !js->out->text.failed) {
		int err = spool_call(js, ev, &args);
		if (err)
			return err;
	}
	return out_settle(js->out);
}

static int document_finish(struct sink *sink, const struct run_result *result)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct json *j = &js->json;
	json_end_lines(j);
	json_line(j);
	json_field_array(j, "syscalls");
	int spool_err = spool_copy(&js->calls, js->out);
	json_end_lines(j);
	json_line(j);
	json_field_object(j, "summary");
	summary_json(j, js->out, result);
	json_end_object(j);
	json_end_object(j);
	text_char(j->text, '\n');
	int err = out_flush(js->out);
	return err ? err : spool_err;
}

static void json_sink_free(struct sink *sink)
{
	struct json_sink *js = (struct json_sink *)sink;
	if (js->form == JSON_DOCUMENT)
		close(js->calls.fd);
	out_free(&js->calls);
	free(js);
}

struct sink *json_sink_new(struct out *out, const struct json_options *options)
{
	struct json_sink *js = calloc(1, sizeof(*js));
	if (!js)
		return NULL;
	js->out = out;
	js->form = options->form;
	if (js->form == JSON_LINES) {
		js->sink = (struct sink){ line_event, line_finish, json_sink_free };
		first_line(js, options->start);
		return &js->sink;
	}
	int err = spool_open(&js->calls, options->spool_dir);
	if (err) {
		free(js);
		errno = -err;
		return NULL;
	}
	js->sink = (struct sink){ document_event, document_finish, json_sink_free };
	js->json.text = &out->text;
	js->call_json.text = &js->calls.text;
	begin_document(js, options->start);
	return &js->sink;
}
