/* SPDX-License-Identifier: BSD-2-Clause */
/* One event as a JSON object: docs/json.md. */
#ifndef USER_SINK_JSON_EVENT_H
#define USER_SINK_JSON_EVENT_H

#include "user/base/json.h"
#include "user/event/event.h"

/* Where a system call's array of arguments stands in the text: bytes from the text's beginning. */
struct json_args {
	size_t start, end;
};

/* Appends the event's object. *args is set for system calls only. */
void json_event(struct text *t, const struct event *ev, struct json_args *args);

/*
 * Appends a system call in renacer's shape: {"name":...,"args":[...],"result":...,"duration_us":...}. `args`:
 * the array that json_event() made of the same call; here every element becomes a string.
 */
void json_call(struct text *t, const struct event *ev, const char *args, size_t args_len);

#endif
