/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline for people: system calls as strace prints them, with the cache events between them. */
#ifndef USER_SINK_TEXT_SINK_H
#define USER_SINK_TEXT_SINK_H

#include "user/event/sink.h"

enum text_time {
	TEXT_TIME_NONE,
	TEXT_TIME_SECONDS,      /* -t    15:04:05 */
	TEXT_TIME_MICROSECONDS, /* -tt   15:04:05.000012 */
	TEXT_TIME_EPOCH,        /* -ttt  1700000000.000012 */
	TEXT_TIME_RELATIVE,     /* -r    since the previous line */
};

enum text_stack {
	TEXT_STACK_NONE,
	TEXT_STACK_OWN, /* -s: the program's own line */
	TEXT_STACK_ALL, /* --stack */
};

struct text_options {
	bool durations; /* -T */
	enum text_stack stack;
	bool colour;
	bool names;         /* each process is named before its first line; false: from the second task on */
	bool several_tasks; /* [pid N] from the first line on; false: from the second task on */
	enum text_time time;
	int64_t clock_offset_ns; /* as in struct run_start */
};

/* True if the event has a line of its own. */
bool text_sink_shows(const struct event *ev);

/* The caller owns `out`. NULL: out of memory. */
struct sink *text_sink_new(struct out *out, const struct text_options *options);

#endif
