/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of bundletrace. */
#ifndef USER_BUNDLETRACE_OPTIONS_H
#define USER_BUNDLETRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "bpf/events.h"
#include "user/calls/condition.h"
#include "user/calls/filter.h"
#include "user/stage/select.h"
#include "user/tables/stats.h"
#include "user/sink/sinks.h"

/* What is told of how the program came to an event. */
enum stacks { STACKS_NONE, STACKS_LINE, STACKS_ALL };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
	const char *read; /* --read: a trace file; NULL: no */
	char **command;   /* NULL-terminated; NULL: running processes are traced */
	pid_t *pids;      /* these; NULL: a command is traced, or the whole machine */
	unsigned pid_count;
	bool all;           /* -a */
	bool follow;        /* -f */
	struct whom whom;   /* --cgroup, --comm, --uid */
	double seconds;     /* -d; 0: to the end */
	const char *output; /* -o; NULL: stderr for text, stdout for JSON */
	struct filter filter;
	struct selection selection;
	uint64_t max_events;    /* 0: no limit */
	size_t flight_bytes;    /* 0: events are written as they come */
	struct condition *when; /* what makes the flight recorder write */
	unsigned when_count;
	enum format format;
	enum text_time time;
	enum colour colour;
	bool timeline;    /* text: show events */
	bool tables;      /* text: show the tables at the end */
	bool durations;   /* -T */
	bool untimed;     /* --no-durations */
	bool count_shown; /* count calls by their events: not all that the kernel side sees are shown */
	struct stats_options stats;
	enum stacks stacks;
	bool frame_pointers; /* --unwind=fp */
	bool debuginfod;
	bool debug;
	double max_overhead; /* of a thread's time: 0.01 is 1%; 0: no limit */
	size_t ring_bytes;   /* of each CPU; 0: chosen by memory */
};

/* Parses; on errors, --help and the like it exits as argp does, with status 2 on errors. */
void options_parse(struct options *options, int argc, char **argv);

/* True if any process of the machine may be traced: -a, or what narrows it down. */
static inline bool options_everyone(const struct options *options)
{
	return !options->command && !options->pids && !options->read;
}

/* True if system calls are shown one by one: JSON and the like hold them whatever -c says. */
static inline bool options_shows_calls(const struct options *options)
{
	enum sink_tables tables = sink_formats[options->format].tables;
	return options->timeline || (tables != TABLES_AFTER && tables != TABLES_INSTEAD);
}

/* True if the time of each call is looked at, and not only their sum. */
static inline bool options_stats(const struct options *options)
{
	return options->stats.extended || options->stats.histogram;
}

/* True if calls are handed out one by one. */
static inline bool options_emit_calls(const struct options *options)
{
	return options_shows_calls(options) || options->count_shown;
}

/* True if the output does not go to standard error. */
static inline bool options_write_elsewhere(const struct options *options)
{
	return !sink_formats[options->format].people || options->output;
}

/* True if of the cache's events only tables are shown, and which events was not asked: the library's own
 * counters tell the same without a probe on every hit. */
static inline bool options_counts_live(const struct options *options)
{
	return options->tables && !options_shows_calls(options) && !options->read &&
	       !options->filter.app_given && !options->max_events && !options->flight_bytes;
}

/* True if a condition waits for slow calls. */
static inline bool options_waits_for_slow(const struct options *options)
{
	for (unsigned i = 0; i < options->when_count; i++)
		if (options->when[i].timed && options->when[i].kind == EVENT_SYSCALL)
			return true;
	return false;
}

/* True if calls have to be timed: for -T, for tables and JSON, and for lines that start with the time of the
 * call. */
static inline bool options_timed(const struct options *options)
{
	if (options->untimed && !options_waits_for_slow(options))
		return options->durations;
	return options->durations || options->tables || options->format != FORMAT_TEXT ||
	       options->time != TEXT_TIME_NONE || options_waits_for_slow(options);
}

/* True if the kernel side counts how calls' times are spread, since it does not hand them out. */
static inline bool options_spread_calls(const struct options *options)
{
	return options_stats(options) && options_timed(options) && !options_emit_calls(options);
}

#endif
