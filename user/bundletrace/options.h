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
#include "user/probemap/probemap.h"
#include "user/stage/select.h"
#include "user/tables/file_table.h"
#include "user/tables/stats.h"
#include "user/sink/sinks.h"

/* How much of an event's stack is shown: nothing, one source line, every frame. */
enum stacks { STACKS_NONE, STACKS_LINE, STACKS_ALL };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
	const char *read; /* --read: a trace file; NULL: no */
	char **command;   /* with its arguments, NULL-terminated; NULL: no command */
	pid_t *pids;      /* -p; NULL: a command is traced, or the whole machine */
	unsigned pid_count;
	bool all;           /* -a */
	bool follow;        /* -f */
	struct whom whom;   /* --cgroup, --comm, --uid */
	double seconds;     /* -d; 0: no limit */
	const char *output; /* -o; NULL: stderr for text, stdout for other formats */
	struct filter filter;
	struct probemaps maps; /* --probes */
	struct selection selection;
	uint64_t max_events;    /* 0: no limit */
	bool from_flight;       /* what is written comes from the flight recorder */
	size_t flight_bytes;    /* --flight-recorder; 0: events are written as they come */
	struct condition *when; /* --when */
	unsigned when_count;
	enum format format;
	enum text_time time;
	enum colour colour;
	bool timeline;    /* text: show events */
	bool tables;      /* text: show the tables at the end */
	bool durations;   /* -T */
	bool untimed;     /* --no-durations */
	bool count_shown; /* count calls by their events: the kernel side counts some that are not shown */
	struct stats_options stats;
	enum parts_by parts_by; /* --by */
	enum stacks stacks;
	bool frame_pointers; /* --unwind=fp */
	bool debuginfod;
	bool measure_device;
	bool debug;
	double max_overhead; /* fraction of a thread's time: 0.01 is 1%; 0: no limit */
	size_t ring_bytes;   /* for each CPU, a power of two; 0: chosen by the machine's memory */
};

/* Reads the command line. On --help and the like it prints and exits; on errors, it reports them and exits
 * with status EXIT_USAGE. */
void options_parse(struct options *options, int argc, char **argv);

/* True if any process of the machine may be traced: with -a, or --cgroup, --comm, --uid without a command
 * and -p. */
static inline bool options_everyone(const struct options *options)
{
	return !options->command && !options->pids && !options->read;
}

/* True if system calls are shown one by one: JSON and other documents hold them even with -c. */
static inline bool options_shows_calls(const struct options *options)
{
	enum sink_tables tables = sink_formats[options->format].tables;
	return options->timeline || (tables != TABLES_AFTER && tables != TABLES_INSTEAD);
}

/* True if the tables need the time of each call, and not only the sum. */
static inline bool options_stats(const struct options *options)
{
	return options->stats.extended || options->stats.histogram;
}

/* True if the kernel side emits an event for each call. */
static inline bool options_emit_calls(const struct options *options)
{
	return options_shows_calls(options) || options->count_shown;
}

/* True if the kernel side sums up what is done to each file: where tables, or documents with their numbers, are made, or
 * layers below the system calls are shown. */
static inline bool options_sum_files(const struct options *options)
{
	if (filter_wants_lower(&options->filter))
		return true;
	return filter_any_call(&options->filter) && (options->tables || options->format != FORMAT_TEXT);
}

/* True if the output does not go to standard error. */
static inline bool options_write_elsewhere(const struct options *options)
{
	return !sink_formats[options->format].people || options->output;
}

/* True if the cache's events are needed for tables only, without a choice of events: then the library's own
 * counters are read, which costs no probe on every hit. */
static inline bool options_counts_live(const struct options *options)
{
	return options->tables && !options_shows_calls(options) && !options->read &&
	       !options->filter.app_given && !options->filter.layer_given && !options->max_events &&
	       !options->flight_bytes;
}

/* True if a condition of --when is a slow call. */
static inline bool options_waits_for_slow(const struct options *options)
{
	for (unsigned i = 0; i < options->when_count; i++)
		if (options->when[i].timed && options->when[i].kind == EVENT_SYSCALL)
			return true;
	return false;
}

/* True if calls have to be timed: for -T, tables, documents, and lines that start with a time. */
static inline bool options_timed(const struct options *options)
{
	if (options->untimed && !options_waits_for_slow(options))
		return options->durations;
	return options->durations || options->tables || options->format != FORMAT_TEXT ||
	       options->time != TEXT_TIME_NONE || options_waits_for_slow(options);
}

/* True if the kernel side collects the distribution of the calls' times, as it emits no events for them. */
static inline bool options_spread_calls(const struct options *options)
{
	return options_stats(options) && options_timed(options) && !options_emit_calls(options);
}

#endif
