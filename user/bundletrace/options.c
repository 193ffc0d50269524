/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/numbers.h"
#include "user/kernel/governor.h"
#include "user/base/report.h"
#include "user/event/schema.h"
#include "user/record/window.h"
#include "options_whom.h"

const char *argp_program_version = "bundletrace " VERSION;

enum key {
	KEY_FORMAT = 256,
	KEY_SCHEMA,
	KEY_BUFFER,
	KEY_COLOUR,
	KEY_DEBUG,
	KEY_READ,
	KEY_BUNDLE,
	KEY_MODEL,
	KEY_MAX_EVENTS,
	KEY_FLIGHT,
	KEY_WHEN,
	KEY_STATS,
	KEY_SIGMA,
	KEY_HISTOGRAM,
	KEY_STACK,
	KEY_UNWIND,
	KEY_DEBUGINFOD,
	KEY_FOLDED,
	KEY_UNTIMED,
	KEY_OVERHEAD,
};

#define RING_MIN ((size_t)4096)
#define RING_MAX ((size_t)1 << 30)

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to trace:", 1 },
	{ NULL, 'e', "SPEC", 0,
		"trace=LIST: system calls by name, class (file, desc, memory, process, network; %file and the like as "
		"strace), /regex/, !negation. app=LIST: cache events: open hit miss load evict prefetch error close policy. LIST may be all or none.",
		1 },
	{ "duration", 'd', "SECONDS", 0, "End the trace after this time; what is traced runs on", 1 },
	{ "read", KEY_READ, "FILE", 0, "Show a trace file that was recorded before; needs no privileges", 1 },
	{ "trace-path", 'P', "PATH", 0,
		"Only what is about this file, or what lies below this folder: system calls, and the cache's events of a bundle; may be repeated",
		1 },
	{ "bundle", KEY_BUNDLE, "NAME", 0, "Only what is about this bundle, by its path or file name", 1 },
	{ "model", KEY_MODEL, "GLOB", 0,
		"Only cache events on models of such a name, and the calls that touch them in their file; may be repeated",
		1 },
	{ "max-events", KEY_MAX_EVENTS, "N", 0,
		"End the trace after N events; the command runs on to its end", 1 },
	{ NULL, 0, NULL, 0, "What to show:", 2 },
	{ "summary-only", 'c', NULL, 0, "Tables at the end instead of the timeline", 2 },
	{ "summary", 'C', NULL, 0, "The timeline, then the tables", 2 },
	{ "stats-extended", KEY_STATS, NULL, 0,
		"In the tables: percentiles, mean and deviation of each system call and of the models' loads, and the outliers (without -C: as -c)",
		2 },
	{ "anomaly-threshold", KEY_SIGMA, "SIGMA", 0,
		"What is an outlier: so many standard deviations over the mean (default 3); --stats-extended",
		2 },
	{ "histogram", KEY_HISTOGRAM, NULL, 0,
		"In the tables: how often each system call and load took how long (without -C: as -c)", 2 },
	{ "source", 's', NULL, 0,
		"The line of the program's source that made each system call, or fired each probe", 2 },
	{ "stack", KEY_STACK, NULL, 0, "All frames that lead there", 2 },
	{ "unwind", KEY_UNWIND, "HOW", 0,
		"How frames are found: dwarf (default), or fp: by frame pointers, which costs less", 2 },
	{ "debuginfod", KEY_DEBUGINFOD, NULL, 0,
		"Fetch debug information that is missing from the servers in DEBUGINFOD_URLS", 2 },
	{ "folded", KEY_FOLDED, NULL, 0,
		"Stacks, each with its nanoseconds in system calls, for flame graphs (--format folded)", 2 },
	{ "syscall-times", 'T', NULL, 0, "Time spent in each system call", 2 },
	{ "no-durations", KEY_UNTIMED, NULL, 0,
		"Do not time calls where tables, recordings and the like would: it costs less", 2 },
	{ NULL, 't', NULL, 0, "Time of day of each line; -tt with microseconds, -ttt since the epoch", 2 },
	{ "relative-timestamps", 'r', NULL, 0, "Time since the line before", 2 },
	{ "format", KEY_FORMAT, "FORMAT", 0, "", /* help_text() */
		2 },
	{ "output", 'o', "FILE", 0,
		"Write to FILE instead of stderr (text) or stdout (the other formats); FILE.btrace is a trace file",
		2 },
	{ "flight-recorder", KEY_FLIGHT, "SIZE", 0,
		"Keep the newest events in SIZE of memory (1M to 1G) and write them at the end, on SIGUSR1 and as --when says; with -o to FILE, then FILE.1, ...",
		2 },
	{ "when", KEY_WHEN, "COND", 0,
		"The flight recorder writes when an event comes (miss, evict, reload, error, prefetch, openat...) or takes long (load>100ms, read>10ms); may be repeated",
		2 },
	{ "color", KEY_COLOUR, "WHEN", 0,
		"auto (default: on a terminal, unless NO_COLOR is set), always, never", 2 },
	{ NULL, 0, NULL, 0, "Other:", 3 },
	{ "buffer", KEY_BUFFER, "SIZE", 0,
		"Ring buffer of each CPU, as 512K, 16M (default: by memory, up to 16M)", 3 },
	{ "max-overhead", KEY_OVERHEAD, "PCT|off", 0,
		"Take no more of the traced threads' time: tell less, and say so, before it is passed (off)",
		3 },
	{ "json-schema", KEY_SCHEMA, NULL, 0, "Print the JSON Schema of --format json and jsonl", 3 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 3 },
	{ "debug", KEY_DEBUG, NULL, 0, "Print what libbpf and the kernel's verifier say", 3 },
	{ 0 },
};

/* 16M: bytes, up to RING_MAX; false: not a size. */
static bool parse_bytes(const char *text, size_t *bytes)
{
	return number_bytes(text, bytes) && *bytes > 0 && *bytes <= RING_MAX;
}

/* The same, rounded up to a power of two. */
static bool parse_size(const char *text, size_t *bytes)
{
	size_t value;
	if (!parse_bytes(text, &value))
		return false;
	*bytes = RING_MIN;
	while (*bytes < value)
		*bytes *= 2;
	return true;
}

static bool parse_count(const char *text, uint64_t *count)
{
	return number_whole(text, count) && *count > 0;
}

/* The place of a word in a list that NULL ends; -1: not there. */
static int word(const char *text, const char *const words[])
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

void usage_error(const char *option, const char *arg, const char *expected)
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

static void __attribute__((noreturn)) no_memory(void)
{
	report("%s", strerror(ENOMEM));
	exit(EXIT_FAILURE);
}

static void take_selected(struct selection_list *list, const char *option, const char *arg)
{
	if (!*arg)
		usage_error(option, arg, "a name");
	if (!selection_add(list, arg))
		no_memory();
}

static void take_when(struct options *options, const char *spec)
{
	struct text problem = { 0 };
	struct condition *when = reallocarray(options->when, options->when_count + 1, sizeof(*when));
	if (!when)
		no_memory();
	options->when = when;
	if (!condition_parse(&when[options->when_count++], spec, &problem)) {
		report("--when %s: %.*s (see --help)", printable(spec), (int)problem.len,
			problem.data ? problem.data : "");
		exit(EXIT_USAGE);
	}
}

static bool parse_seconds(const char *text, double *seconds)
{
	return number_real(text, seconds) && *seconds > 0 && *seconds < 1e9;
}

static bool parse_sigma(const char *text, double *sigma)
{
	return number_real(text, sigma) && *sigma > 0 && *sigma < 1e6;
}

static void take_format(struct options *options, const char *arg)
{
	struct text names = { 0 };
	enum format format = sink_format_named(arg);
	if (format == FORMATS) {
		sink_names_text(&names);
		text_char(&names, '\0');
		usage_error("--format", arg, names.failed ? "a format" : names.data);
	}
	options->format = format;
}

/* For argp: the help of --format lists the table of formats. */
static char *help_text(int key, const char *text, void *input)
{
	struct text help = { 0 };
	(void)input;
	if (key != KEY_FORMAT)
		return (char *)text;
	sink_help_text(&help);
	text_char(&help, '\0');
	return help.data; /* argp frees it */
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	static const char *const unwinders[] = { "dwarf", "fp", NULL };
	static const char *const colours[] = { "auto", "always", "never", NULL };
	struct options *options = state->input;
	int choice;
	switch (key) {
	case 'e':
		take_filter(options, arg);
		break;
	case 'd':
		if (!parse_seconds(arg, &options->seconds))
			usage_error("-d", arg, "a number of seconds");
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
	case 's':
		if (options->stacks == STACKS_NONE)
			options->stacks = STACKS_LINE;
		break;
	case KEY_STACK:
		options->stacks = STACKS_ALL;
		break;
	case KEY_UNWIND:
		if ((choice = word(arg, unwinders)) < 0)
			usage_error("--unwind", arg, "dwarf or fp");
		options->frame_pointers = choice == 1;
		break;
	case KEY_UNTIMED:
		options->untimed = true;
		break;
	case KEY_FOLDED:
		options->format = FORMAT_FOLDED;
		break;
	case KEY_DEBUGINFOD:
		options->debuginfod = true;
		break;
	case KEY_STATS:
		options->stats.extended = true;
		break;
	case KEY_SIGMA:
		if (!parse_sigma(arg, &options->stats.sigma))
			usage_error("--anomaly-threshold", arg, "a number of standard deviations");
		options->stats.extended = true;
		break;
	case KEY_HISTOGRAM:
		options->stats.histogram = true;
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
	case 'P':
		take_selected(&options->selection.paths, "-P", arg);
		break;
	case KEY_BUNDLE:
		take_selected(&options->selection.bundles, "--bundle", arg);
		break;
	case KEY_MODEL:
		take_selected(&options->selection.models, "--model", arg);
		break;
	case KEY_MAX_EVENTS:
		if (!parse_count(arg, &options->max_events))
			usage_error("--max-events", arg, "a number of events");
		break;
	case KEY_FLIGHT:
		if (!parse_bytes(arg, &options->flight_bytes) || options->flight_bytes < WINDOW_BYTES_MIN)
			usage_error("--flight-recorder", arg, "a size from 1M to 1G");
		break;
	case KEY_WHEN:
		take_when(options, arg);
		break;
	case KEY_READ:
		options->read = arg;
		break;
	case KEY_FORMAT:
		take_format(options, arg);
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
	case KEY_OVERHEAD:
		if (!governor_parse(arg, &options->max_overhead))
			usage_error("--max-overhead", arg, "a percentage above 0 and up to 100, or off");
		break;
	case KEY_DEBUG:
		options->debug = true;
		break;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = options;
		break;
	case ARGP_KEY_ARG: /* the command; what follows is its own */
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		options_whom_check(options);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What a flight recorder needs, and what needs one. */
static void check_flight(const struct options *options)
{
	const char *problem = NULL;
	if (!options->flight_bytes)
		problem = options->when_count ? "--when: it is for --flight-recorder" : NULL;
	else if (options->read)
		problem = "--flight-recorder: --read shows what was recorded";
	else if (options->max_events)
		problem = "--flight-recorder: it keeps the newest events, --max-events the first";
	else if (options->format != FORMAT_TEXT && !options->output)
		problem = "--flight-recorder: each document needs a file of its own (-o FILE)";
	for (unsigned i = 0; i < options->when_count && !problem; i++)
		if (!condition_observable(&options->when[i], &options->filter)) {
			report("--when %s: -e leaves out what it waits for (see --help)",
				printable(options->when[i].spec));
			exit(EXIT_USAGE);
		}
	if (!problem)
		return;
	report("%s (see --help)", problem);
	exit(EXIT_USAGE);
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const struct argp_child children[] = { { &options_whom, 0, NULL, 0 }, { 0 } };
	static const struct argp parser = { table, take,
		"-- COMMAND [ARG...]\n-p PID[,PID...]\n-a\n--cgroup PATH, --comm NAME, --uid USER\n--read FILE",
		"Runs a model loader and shows what it does, as the kernel sees it: its cache's hits, misses, loads and "
		"evictions (the probes of libpagedbundle) and its system calls, in one timeline.\vExamples:\n"
		"  bundletrace -- ./loader                      everything, as it happens\n"
		"  bundletrace -e trace=file -T -c -- ./loader  where the time goes\n"
		"  bundletrace -e trace=none -- ./loader        the cache's events alone\n"
		"  bundletrace --format json -- ./loader > trace.json\n"
		"  bundletrace -c -d 10 -p 1234                 ten seconds of a running loader\n"
		"  bundletrace --comm loader --uid www-data     all of that name and user, now and later\n"
		"  bundletrace -o run.btrace -- ./loader        record; and then:\n"
		"  bundletrace --read run.btrace -e trace=file -C\n"
		"  bundletrace -P /models -c -- ./loader        what is done with the files there\n"
		"  bundletrace --flight-recorder 16M --when 'load>100ms' -o slow.btrace -p 1234\n"
		"\n"
		"A running process is not stopped either, and runs on when the trace ends.\n"
		"\n"
		"The exit status is the command's (128+N if signal N ended it), 127 or 126 if it cannot be found or "
		"executed, 1 if tracing failed, 2 for usage errors. It needs root or CAP_BPF and CAP_PERFMON; through sudo, the command runs as you.",
		children, help_text, NULL };
	*options = (struct options){ .timeline = true, .stats.sigma = SIGMA_DEFAULT };
	filter_init(&options->filter);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, options);
	if (options_stats(options) && !options->tables) {
		options->timeline = false;
		options->tables = true;
	}
	if (options->output && options->format == FORMAT_TEXT &&
		sink_format_of_file(options->output) != FORMATS)
		options->format = sink_format_of_file(options->output);
	if (options->format == FORMAT_BTRACE && !options->output) {
		report("--format btrace: a trace file needs a name (-o FILE.btrace)");
		exit(EXIT_USAGE);
	}
	if (options->format == FORMAT_FOLDED)
		options->stacks = STACKS_ALL;
	check_flight(options);
	options->count_shown =
		selection_any(&options->selection) || options->max_events || options->flight_bytes;
	if (sink_formats[options->format].tables == TABLES_INSTEAD && options->tables && options->timeline) {
		report("-C: CSV holds the events or the tables (-c: the tables)");
		exit(EXIT_USAGE);
	}
}
