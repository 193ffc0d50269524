/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of bundletrace. */
#ifndef BUNDLETRACE_OPTIONS_H
#define BUNDLETRACE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../common/filter.h"
#include "../common/text_sink.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_BTRACE, FORMAT_CSV, FORMAT_CHROME, FORMAT_HTML };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

struct options {
	const char *read; /* --read: a trace file; NULL: no */
	char **command;   /* NULL-terminated; NULL: running processes are traced */
	pid_t *pids;      /* these; NULL: a command is traced */
	unsigned pid_count;
	double seconds;     /* -d; 0: to the end */
	const char *output; /* -o; NULL: stderr for text, stdout for JSON */
	struct filter filter;
	enum format format;
	enum text_time time;
	enum colour colour;
	bool timeline;  /* text: show events */
	bool tables;    /* text: show the tables at the end */
	bool durations; /* -T */
	bool follow;
	bool debug;
	size_t ring_bytes; /* of each CPU; 0: chosen by memory */
};

/* Parses; on errors, --help and the like it exits as argp does, with status 2 on errors. */
void options_parse(struct options *options, int argc, char **argv);

/* True if system calls are shown one by one: JSON and the like hold them whatever -c says. */
static inline bool options_shows_calls(const struct options *options)
{
	return options->timeline || (options->format != FORMAT_TEXT && options->format != FORMAT_CSV);
}

/* True if calls have to be timed: for -T, for tables and JSON, and for lines that start with the time of the
 * call. */
static inline bool options_timed(const struct options *options)
{
	return options->durations || options->tables || options->format != FORMAT_TEXT ||
	       options->time != TEXT_TIME_NONE;
}

#endif
