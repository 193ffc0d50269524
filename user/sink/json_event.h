/* SPDX-License-Identifier: BSD-2-Clause */
/* One event as a JSON object, as docs/json.md has it. */
#ifndef USER_SINK_JSON_EVENT_H
#define USER_SINK_JSON_EVENT_H

#include "user/event/event.h"
#include "user/base/text.h"

/* Where the array of a system call's arguments is within the text that was added to. */
struct json_args {
	size_t start, end;
};

void json_event(struct text *t, const struct event *ev, struct json_args *args);

/*
 * The call once more, in renacer's shape: {"name":...,"args":[...],"result":...,"duration_us":...}. `args` is
 * the array that json_event() made; here every element is a string.
 */
void json_call(struct text *t, const struct event *ev, const char *args, size_t args_len);

/* ["a","b"] of strings that end in a zero byte each (the last may be cut short). */
void json_strings(struct text *t, const char *data, size_t len);

/* The same of strings that NULL ends; null for no command. */
void json_command(struct text *t, const char *const *command);

#endif
