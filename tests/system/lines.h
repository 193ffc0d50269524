/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaders that get a model for each line they are sent, under a trace that is read while it grows. */
#ifndef TESTS_LINES_H
#define TESTS_LINES_H

#include "traced.h"

/* Starts bundletrace --format jsonl -o `trace` [options]; options end with NULL. `keys`: the test can
 * type its input. */
struct run *lines_trace(const char *trace, bool keys, const char *const options[]);

/* A loader that waits for lines, and has reported that it does. */
struct run *lines_loader(const char *const argv[]);

/* Sends lines, each of which must be answered with "got N", until the trace shows a hit; then `more` of
 * them. Returns the number of lines sent. */
int lines_until_seen(struct run *loader, const char *trace, int more);

/* The contents of the trace for one loader. */
struct lines_seen {
	int opens, hits, misses, others; /* others: other cache events */
	int answers;                     /* writes of "got N" */
	int64_t pid, ns_pid;             /* of all events; -1: not the same in all; ns_pid 0: none */
	const cJSON *summary;
};
struct lines_seen lines_seen(const char *trace);

/* The only note, or "". */
const char *lines_note(const cJSON *summary);

#endif
