/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline for programs: docs/json.md and docs/bundletrace-trace.schema.json. */
#ifndef USER_SINK_JSON_SINK_H
#define USER_SINK_JSON_SINK_H

#include "user/base/json.h"
#include "user/event/sink.h"

enum json_form {
	JSON_DOCUMENT, /* one object */
	JSON_LINES,    /* one event a line, then the summary */
};

struct json_options {
	enum json_form form;
	const struct run_start *start; /* read by json_sink_new() only */
	const char *spool_dir;         /* where a document's temporary file goes first; NULL: no such wish */
};

/*
 * A document repeats its system calls after the events: they wait in an unlinked temporary file in spool_dir,
 * $TMPDIR or /var/tmp, so that memory stays bounded. NULL with errno set: out of memory, or no folder where a
 * file can be made.
 */
struct sink *json_sink_new(struct out *out, const struct json_options *options);

/* Adds "version", "command" and "start_time_ns" to the open object. */
void json_run_fields(struct json *json, const struct run_start *start);

#endif
