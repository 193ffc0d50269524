/* SPDX-License-Identifier: BSD-2-Clause */
/* Traces of the whole machine, on which others run too: what of it belongs to one process. */
#ifndef TESTS_EVENTS_OF_H
#define TESTS_EVENTS_OF_H

#include "traced.h"

/* Starts bundletrace --format jsonl -o `trace` [options] and waits until it traces; options end with NULL. */
struct run *watch_start(const char *trace, const char *const options[]);
#define WATCH(trace, ...) watch_start(trace, (const char *const[]){ __VA_ARGS__, NULL })

/* Ends it; the trace is whole then. */
void watch_stop(struct run *tracer);

/* The summary of a whole trace. */
const cJSON *watch_summary(const char *trace);

/* Ends it and returns its summary. */
const cJSON *watch_end(struct run *tracer, const char *trace);

/* The process's events, in order: an array, until watch_free(). */
const cJSON *events_of(const char *trace, pid_t pid);
int count_of(const cJSON *events, const char *call); /* NULL: of all events */

/* All events of the trace. */
long count_lines(const char *trace);

/* A teardown: frees the arrays, then traced_end(). */
void watch_free(void);

/* A copy of a program of this build, under another name. */
const char *copied(const char *program, const char *name);

/* A copy of bundle_load whose probes the kernel refuses to attach. Its path, in scratch(). */
const char *refused_loader(const char *name);

/* A program that says "ready PID". */
struct run *ready(const char *const argv[], pid_t *pid);

#endif
