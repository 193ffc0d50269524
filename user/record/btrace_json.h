/* SPDX-License-Identifier: BSD-2-Clause */
/* The head and the end of a trace file: they are short, and as JSON texts they can get further members. */
#ifndef USER_RECORD_BTRACE_JSON_H
#define USER_RECORD_BTRACE_JSON_H

#include <cjson/cJSON.h>

#include "btrace.h"

/* The text of a head or an end, to be freed with free(). NULL: out of memory. */
char *btrace_head_text(const struct run_start *start, bool timed);
char *btrace_end_text(const struct run_result *result);

/* Fills all but the version from a head; start.command is to be freed with free(), its words, and
 * those of the facts, belong to the JSON. */
void btrace_head_read(const cJSON *json, struct btrace_head *head);

/* Fills a result from an end, all but `durations`. calls (NULL: not traced) and notes (NULL: none) are to be freed
 * with free(); the words of the notes belong to the JSON. */
void btrace_end_read(const cJSON *end, struct run_result *result);

#endif
