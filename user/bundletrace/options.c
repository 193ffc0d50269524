/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/report.h"
#include "../common/schema.h"

const char *argp_program_version = "bundletrace " VERSION;

enum key {
	KEY_FORMAT = 256,
	KEY_SCHEMA,
	KEY_NO_FOLLOW,
	KEY_BUFFER,
	KEY_COLOUR,
	KEY_DEBUG,
	KEY_READ,
};

#define RING_MIN ((size_t)4096)
#define RING_MAX ((size_t)1 << 30)

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to trace:", 1 },
	{ NULL, 'e', "SPEC", 0,
		"trace=LIST: system calls by name, class (file, desc, memory, process, network; %file and "
		"the like as "
		"strace), /regex/, !negation. app=LIST: cache events: open hit miss load evict prefetch "
		"error close. "
		"LIST may be all or none.",
		1 },
	{ "pid", 'p', "PID,...", 0, "Trace running processes, all their threads, instead of a command", 1 },
	{ "duration", 'd', "SECONDS", 0, "End the trace after this time; what is traced runs on", 1 },
	{ "read", KEY_READ, "FILE", 0, "Show a trace file that was recorded before; needs no privileges", 1 },
	{ "follow-forks", 'f', NULL, 0, "Trace children too (this is the default)", 1 },
	{ "no-follow", KEY_NO_FOLLOW, NULL, 0, "Trace the command's own process only, with its threads", 1 },
	{ NULL, 0, NULL, 0, "What to show:", 2 },
	{ "summary-only", 'c', NULL, 0, "Tables at the end instead of the timeline", 2 },
	{ "summary", 'C', NULL, 0, "The timeline, then the tables", 2 },
	{ "syscall-times", 'T', NULL, 0, "Time spent in each system call", 2 },
	{ NULL, 't', NULL, 0, "Time of day of each line; -tt with microseconds, -ttt since the epoch", 2 },
	{ "relative-timestamps", 'r', NULL, 0, "Time since the line before", 2 },
	{ "format", KEY_FORMAT, "FORMAT", 0,
		"text (default), json (one document), jsonl (one event a line), csv (with -c: the tables), "
		"chrome (for Perfetto and chrome://tracing), html (a page), btrace (a trace file for --read)",
		2 },
	{ "output", 'o', "FILE", 0,
		"Write to FILE instead of stderr (text) or stdout (the other formats); FILE.btrace is a "
		"trace file",
		2 },
	{ "color", KEY_COLOUR, "WHEN", 0,
		"auto (default: on a terminal, unless NO_COLOR is set), always, never", 2 },
	{ NULL, 0, NULL, 0, "Other:", 3 },
	{ "buffer", KEY_BUFFER, "SIZE", 0,
		"Ring buffer of each CPU, as 512K, 16M (default: by memory, up to 16M)", 3 },
	{ "json-schema", KEY_SCHEMA, NULL, 0, "Print the JSON Schema of --format json and jsonl", 3 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 3 },
	{ "debug", KEY_DEBUG, NULL, 0, "Print what libbpf and the kernel's verifier say", 3 },
	{ 0 },
};

/* 16M: bytes, rounded up to a power of two; false: not a size. */
static bool parse_size(const char *text, size_t *bytes)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	unsigned shift = 0;
	if (*end)
		shift = strchr("kK", *end) ? 10 : strchr("mM", *end) ? 20 : strchr("gG", *end) ? 30 : 99;
	if (errno || end == text || *text == '-' || shift == 99 || (*end && end[1]) ||
		value > RING_MAX >> shift)
		return false;
	value <<= shift;
	*bytes = RING_MIN;
	while (*bytes < value)
		*bytes *= 2;
	return value > 0;
}

/* The place of a word in a list that NULL ends; -1: not there. */
static int word(const char *text, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

static void __attribute__((noreturn)) usage_error(const char *option, const char *arg, const char *expected)
{
	report("%s: %s: not %s (see --help)", option, printable(arg), expected);
	exit(EXIT_USAGE);
}

static void take_filter(struct options *options, const char *spec)
{
	struct text problem = { 0 };
	if (!filter_parse(&options->filter, spec, &problem)) {
		report("-e %s: %.*s (see --help)", printable(spec), (int)problem.len,
			problem.data ? problem.data : "");
		exit(EXIT_USAGE);
	}
}

/* 12,34: adds to the list; false: not process ids. */
static bool parse_pids(struct options *options, const char *text)
{
	while (*text) {
		char *end;
		errno = 0;
		long pid = strtol(text, &end, 10);
		if (errno || end == text || pid < 1 || pid > INT_MAX || (*end && *end != ',') ||
			(*end && !end[1]))
			return false;
		pid_t *pids = realloc(options->pids, (options->pid_count + 1) * sizeof(*pids));
		if (!pids)
			return false;
		options->pids = pids;
		options->pids[options->pid_count++] = (pid_t)pid;
		text = *end ? end + 1 : end;
	}
	return options->pid_count > 0;
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;
	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds > 0 && *seconds < 1e9;
}

/* One thing to trace, and not more. */
static void check_target(const struct options *options)
{
	int targets = (options->command != NULL) + (options->pids != NULL) + (options->read != NULL);
	if (targets == 1)
		return;
	report(targets ? "a command, -p and --read: one of them (see --help)"
		       : "nothing to trace (bundletrace [OPTION...] -- COMMAND [ARG...], or -p PID; see "
			 "--help)");
	exit(EXIT_USAGE);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);
	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	static const char *const formats[] = { "text", "json", "jsonl", "btrace", "csv", "chrome", "html",
		NULL };
	static const char *const colours[] = { "auto", "always", "never", NULL };
	struct options *options = state->input;
	int choice;
	switch (key) {
	case 'e':
		take_filter(options, arg);
		break;
	case 'p':
		if (!parse_pids(options, arg))
			usage_error("-p", arg, "process ids separated by commas");
		break;
	case 'd':
		if (!parse_seconds(arg, &options->seconds))
			usage_error("-d", arg, "a number of seconds");
		break;
	case 'f':
		options->follow = true;
		break;
	case KEY_NO_FOLLOW:
		options->follow = false;
		break;
	case 'c':
		options->timeline = false;
		options->tables = true;
		break;
	case 'C':
		options->timeline = options->tables = true;
		break;
	case 'T':
		options->durations = true;
		break;
	case 't':
		if (options->time == TEXT_TIME_RELATIVE)
			options->time = TEXT_TIME_NONE;
		if (options->time < TEXT_TIME_EPOCH)
			options->time++;
		break;
	case 'r':
		options->time = TEXT_TIME_RELATIVE;
		break;
	case 'o':
		options->output = arg;
		break;
	case KEY_READ:
		options->read = arg;
		break;
	case KEY_FORMAT:
		if ((choice = word(arg, formats)) < 0)
			usage_error("--format", arg, "text, json, jsonl, csv, chrome, html or btrace");
		options->format = (enum format)choice;
		break;
	case KEY_COLOUR:
		if ((choice = word(arg, colours)) < 0)
			usage_error("--color", arg, "auto, always or never");
		options->colour = (enum colour)choice;
		break;
	case KEY_BUFFER:
		if (!parse_size(arg, &options->ring_bytes))
			usage_error("--buffer", arg, "a size from 4K to 1G");
		break;
	case KEY_SCHEMA:
		fputs(trace_schema, stdout);
		exit(fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case KEY_DEBUG:
		options->debug = true;
		break;
	case ARGP_KEY_ARG: /* the command; what follows is its own */
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		check_target(options);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp parser = { table, take, "-- COMMAND [ARG...]\n-p PID[,PID...]\n--read FILE",
		"Runs a model loader and shows what it does, as the kernel sees it: its cache's hits, "
		"misses, loads and "
		"evictions (the probes of libpagedbundle) and its system calls, in one timeline.\v"
		"Examples:\n"
		"  bundletrace -- ./loader                      everything, as it happens\n"
		"  bundletrace -e trace=file -T -c -- ./loader  where the time goes\n"
		"  bundletrace -e trace=none -- ./loader        the cache's events alone\n"
		"  bundletrace --format json -- ./loader > trace.json\n"
		"  bundletrace -c -d 10 -p 1234                 ten seconds of a running loader\n"
		"  bundletrace -o run.btrace -- ./loader        record; and then:\n"
		"  bundletrace --read run.btrace -e trace=file -C\n"
		"\n"
		"A running process is not stopped either, and runs on when the trace ends.\n"
		"\n"
		"The exit status is the command's (128+N if signal N ended it), 127 or 126 if it cannot be "
		"found or "
		"executed, 1 if tracing failed, 2 for usage errors. It needs root or CAP_BPF and "
		"CAP_PERFMON; through "
		"sudo, the command runs as you.",
		NULL, NULL, NULL };
	*options = (struct options){ .timeline = true, .follow = true };
	filter_init(&options->filter);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, options);
	if (options->output && options->format == FORMAT_TEXT && ends_with(options->output, ".btrace"))
		options->format = FORMAT_BTRACE;
	if (options->format == FORMAT_BTRACE && !options->output) {
		report("--format btrace: a trace file needs a name (-o FILE.btrace)");
		exit(EXIT_USAGE);
	}
	if (options->format == FORMAT_CSV && options->tables && options->timeline) {
		report("-C: CSV holds the events or the tables (-c: the tables)");
		exit(EXIT_USAGE);
	}
}
