/* SPDX-License-Identifier: BSD-2-Clause */
/* What every trace in the Trace Event format has to hold to be shown right. */
#ifndef TESTS_CHROME_CHECK_H
#define TESTS_CHROME_CHECK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct slice {
	const cJSON *record;
	const char *name;
	int64_t pid, tid, from, to; /* nanoseconds */
	int parent;                 /* index of the slice around it; -1: none */
};

struct chrome {
	const cJSON *records; /* the traceEvents */
	struct slice *slices; /* by thread and time, outer ones first */
	int slice_count, arrows;
};

/*
 * Fails unless every record has its fields, the slices of a thread nest, counters are never negative, and
 * every arrow goes from a miss to a load that has the same args. Free with chrome_free().
 */
struct chrome chrome_check(const cJSON *json);
void chrome_free(struct chrome *chrome);

/* Records of that phase whose name begins so. */
int chrome_count(const struct chrome *chrome, const char *phase, const char *name);

#endif
