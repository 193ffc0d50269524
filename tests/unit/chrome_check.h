/* SPDX-License-Identifier: BSD-2-Clause */
/* Properties that every trace in the Trace Event format needs, to be shown correctly. */
#ifndef TESTS_CHROME_CHECK_H
#define TESTS_CHROME_CHECK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct slice {
	const cJSON *record;
	const char *name;
	int64_t pid, tid, from, to; /* nanoseconds */
	int parent;                 /* index of the enclosing slice; -1: none */
};

struct chrome {
	const cJSON *records; /* the traceEvents */
	struct slice *slices; /* sorted by thread and time, outer ones first */
	int slice_count, arrows;
};

/*
 * Fails unless every record has its fields, the slices of a thread nest, counters are never negative, and
 * every arrow goes from a miss to a load with the same args. Free with chrome_free().
 */
struct chrome chrome_check(const cJSON *json);
void chrome_free(struct chrome *chrome);

/* Records of that phase whose name begins with this text. */
int chrome_count(const struct chrome *chrome, const char *phase, const char *name);

#endif
