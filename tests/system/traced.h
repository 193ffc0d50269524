/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command under bundletrace, and reads the resulting trace. */
#ifndef TESTS_TRACED_H
#define TESTS_TRACED_H

#include "harness.h"

struct traced {
	struct run *run;
	cJSON *json; /* the document, freed by traced_end() */
	const cJSON *events, *summary;
};

/* bundletrace --format json [options] -- command..., which must be a valid document. `options` and `command`
 * end with NULL. */
struct traced trace_command(const char *const options[], const char *const command[]);
/* The same with -f. */
#define TRACE(...)                                                                                           \
	trace_command((const char *const[]){ "-f", NULL }, (const char *const[]){ __VA_ARGS__, NULL })

/* The document that a run wrote to standard output, or to a file. */
struct traced traced_of(struct run *run);
struct traced traced_file(struct run *run, const char *path);

/* Any other JSON that a run wrote to standard output; freed together with the documents. */
const cJSON *traced_json(struct run *run);

/* A teardown: frees the documents, then harness_end(). */
void traced_end(void);

/* Fields; "a.b" is field b of a. Fails if it is absent, or has another type. */
const cJSON *get(const cJSON *json, const char *path);
bool has(const cJSON *json, const char *key);
int64_t num(const cJSON *json, const char *path);
const char *str(const cJSON *json, const char *path); /* NULL for null */

/* A system call with that name; any for NULL. A cache or process event with that name. */
bool is_call(const cJSON *event, const char *name);
bool is_event(const cJSON *event, const char *name);
int64_t arg_num(const cJSON *call, int index);

/* The path of the file that the call's descriptor referred to; NULL if unknown. */
const char *file_path(const cJSON *call);

/* Without calls that had not returned at the end. */
int64_t count_calls(const struct traced *t, const char *name);
int64_t count_events(const struct traced *t, const char *name);

/* Times never decrease; total_events is the number of events, and syscall_counts that of the shown
 * calls; nothing is lost. */
void trace_is_whole(const struct traced *t);

/* Reads one trace file, a line at a time, however large: json or jsonl. Calls back for each event
 * (parsed, if its index in the file is a multiple of `every`, else NULL) with its line; returns the
 * summary, freed by traced_end(). */
typedef void (*each_event)(void *ctx, const cJSON *event, const char *line);
const cJSON *trace_scan(const char *path, unsigned every, each_event each, void *ctx);

#endif
