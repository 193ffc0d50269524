/* SPDX-License-Identifier: BSD-2-Clause */
#include "json_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_event.h"
#include "user/event/schema.h"
#include "user/base/spool.h"
#include "user/tables/summary.h"

struct json_sink {
	struct sink sink;
	struct out *out;
	enum json_form form;
	struct out
		calls; /* of a document: the system calls, one a line, each after the first with its comma */
	bool any_event, any_call;
};

static void start_fields(struct text *t, const struct run_start *start)
{
	text_str(t, "\"schema\":\"" TRACE_SCHEMA "\",\"version\":\"" VERSION "\",\"command\":");
	json_command(t, start->command);
	text_str(t, ",\"start_time_ns\":");
	text_s64(t, start->start_time_ns);
	text_str(t, ",\"clock_offset_ns\":");
	text_s64(t, start->clock_offset_ns);
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
	text_str(&js->out->text, "{\"event\":\"summary\",");
	summary_json(js->out, result);
	text_str(&js->out->text, "}\n");
	return out_flush(js->out);
}

static int document_event(struct sink *sink, const struct event *ev)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct text *t = &js->out->text;
	struct json_args args;
	text_add(t, js->any_event ? ",\n" : "\n", js->any_event ? 2 : 1);
	json_event(t, ev, &args);
	js->any_event = true;
	if (ev->kind == EVENT_SYSCALL && !ev->call.unfinished && !t->failed) {
		struct text *calls = &js->calls.text;
		text_add(calls, js->any_call ? ",\n" : "\n", js->any_call ? 2 : 1);
		json_call(calls, ev, t->data + args.start, args.end - args.start);
		js->any_call = true;
		int err = out_settle(&js->calls);
		if (err)
			return err;
	}
	return out_settle(js->out);
}

static int document_finish(struct sink *sink, const struct run_result *result)
{
	struct json_sink *js = (struct json_sink *)sink;
	struct text *t = &js->out->text;
	text_str(t, "\n],\n\"syscalls\":[");
	int spool_err = spool_copy(&js->calls, js->out);
	text_str(t, "\n],\n\"summary\":{");
	summary_json(js->out, result);
	text_str(t, "}}\n");
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

static void begin(struct json_sink *js, const struct run_start *start)
{
	struct text *t = &js->out->text;
	text_str(t, js->form == JSON_DOCUMENT ? "{" : "{\"event\":\"start\",");
	start_fields(t, start);
	text_str(t, js->form == JSON_DOCUMENT ? ",\n\"events\":[" : "}\n");
}

struct sink *json_sink_new(struct out *out, const struct json_options *options)
{
	struct json_sink *js = calloc(1, sizeof(*js));
	if (!js)
		return NULL;
	js->out = out;
	js->form = options->form;
	js->sink = (struct sink){ line_event, line_finish, json_sink_free };
	if (js->form == JSON_DOCUMENT) {
		int err = spool_open(&js->calls, options->spool_dir);
		if (err) {
			free(js);
			errno = -err;
			return NULL;
		}
		js->sink.event = document_event;
		js->sink.finish = document_finish;
	}
	begin(js, options->start);
	return &js->sink;
}
