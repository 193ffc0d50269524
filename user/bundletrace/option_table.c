/* SPDX-License-Identifier: BSD-2-Clause */
#include "option_table.h"

#include <argp.h>

#include "option_values.h"
#include "user/base/report.h"

const char *argp_program_version = "bundletrace " VERSION;

/* The groups of --help. */
enum { WHAT_TO_TRACE = 1, WHAT_TO_SHOW, OTHER };

#define FIELD(name) offsetof(struct options, name)

#define PROBE_WORD(ID, name, ...)  " " #name
#define LAYER_WORD(ID, word, kind) " " #word

/* The message on an ambiguous abbreviation lists the options in this order. */
static const struct option_row table[] = {
	{ .group = WHAT_TO_TRACE, .help = "What to trace:" },
	{ 'e', NULL, "SPEC", WHAT_TO_TRACE, take_filter, 0,
		"trace=LIST: system calls by name, class (file, desc, memory, process, network; %file and the like as "
		"strace), /regex/, !negation. app=LIST: cache events:" PROBES(PROBE_WORD) ". layer=LIST: below the calls:" FILTER_LAYER_LIST(
			LAYER_WORD) " (uring by default where io_uring_enter is traced). LIST may be all or none. fault=major: page faults that had to read, of files; fault=all: the others too." },
	{ 0, "deep", "sum", WHAT_TO_TRACE, take_deep, 0,
		"All layers below the calls (layer=all); with sum, in the tables alone" },
	{ 0, "probes", "FILE", WHAT_TO_TRACE, take_probes, 0,
		"Show the phases of programs that have no probes of libpagedbundle, as a map file (docs/probes.md) or one of those that come with it (llama.cpp, onnxruntime, postgresql) marks them; may be repeated" },
	{ 'd', "duration", "SECONDS", WHAT_TO_TRACE, take_seconds, 0,
		"End the trace after this time; what is traced runs on" },
	{ 0, "read", "FILE", WHAT_TO_TRACE, take_string, FIELD(read),
		"Show a trace file that was recorded before; needs no privileges" },
	{ 'P', "trace-path", "PATH", WHAT_TO_TRACE, take_selected, FIELD(selection.paths),
		"Only what is about this file, or what lies below this folder: system calls, and the cache's events of a bundle; may be repeated" },
	{ 0, "bundle", "NAME", WHAT_TO_TRACE, take_selected, FIELD(selection.bundles),
		"Only what is about this bundle, by its path or file name" },
	{ 0, "model", "GLOB", WHAT_TO_TRACE, take_selected, FIELD(selection.models),
		"Only cache events on models of such a name, and the calls that touch them in their file; may be repeated" },
	{ 0, "max-events", "N", WHAT_TO_TRACE, take_count, FIELD(max_events),
		"End the trace after N events; the command runs on to its end" },
	{ .group = WHAT_TO_SHOW, .help = "What to show:" },
	{ 'c', "summary-only", NULL, WHAT_TO_SHOW, take_tables_only, 0,
		"Tables at the end instead of the timeline" },
	{ 'C', "summary", NULL, WHAT_TO_SHOW, take_tables, 0, "The timeline, then the tables" },
	{ 0, "stats-extended", NULL, WHAT_TO_SHOW, take_flag, FIELD(stats.extended),
		"In the tables: percentiles, mean and deviation of each system call and of the models' loads, and the outliers (without -C: as -c)" },
	{ 0, "anomaly-threshold", "SIGMA", WHAT_TO_SHOW, take_sigma, 0,
		"What is an outlier: so many standard deviations over the mean (default 3); --stats-extended" },
	{ 0, "histogram", NULL, WHAT_TO_SHOW, take_flag, FIELD(stats.histogram),
		"In the tables: how often each system call and load took how long (without -C: as -c)" },
	{ 0, "by", "PARTS", WHAT_TO_SHOW, take_parts, 0,
		"By which parts the tables show a file: tensor (and the models of a bundle), layer, or range (default: what fits)" },
	{ 0, "measure-device", NULL, WHAT_TO_SHOW, take_flag, FIELD(measure_device),
		"In the tables: what the disk gives, by reading up to 256 MiB for up to 2 s of the file that the run read most from storage, after it" },
	{ 's', "source", NULL, WHAT_TO_SHOW, take_source, 0,
		"The line of the program's source that made each system call, or fired each probe" },
	{ 0, "stack", NULL, WHAT_TO_SHOW, take_stack, 0, "All frames that lead there" },
	{ 0, "unwind", "HOW", WHAT_TO_SHOW, take_unwind, 0,
		"How frames are found: dwarf (default), or fp: by frame pointers, which costs less" },
	{ 0, "debuginfod", NULL, WHAT_TO_SHOW, take_flag, FIELD(debuginfod),
		"Fetch debug information that is missing from the servers in DEBUGINFOD_URLS" },
	{ 0, "folded", NULL, WHAT_TO_SHOW, take_folded, 0,
		"Stacks, each with its nanoseconds in system calls, for flame graphs (--format folded)" },
	{ 'T', "syscall-times", NULL, WHAT_TO_SHOW, take_flag, FIELD(durations),
		"Time spent in each system call" },
	{ 0, "no-durations", NULL, WHAT_TO_SHOW, take_flag, FIELD(untimed),
		"Do not time calls where tables, recordings and the like would: it costs less" },
	{ 't', NULL, NULL, WHAT_TO_SHOW, take_time, 0,
		"Time of day of each line; -tt with microseconds, -ttt since the epoch" },
	{ 'r', "relative-timestamps", NULL, WHAT_TO_SHOW, take_relative_time, 0,
		"Time since the line before" },
	{ 0, "format", "FORMAT", WHAT_TO_SHOW, take_format, 0, "" /* help_text() */ },
	{ 'o', "output", "FILE", WHAT_TO_SHOW, take_string, FIELD(output),
		"Write to FILE instead of stderr (text) or stdout (the other formats); FILE.btrace is a trace file" },
	{ 0, "flight-recorder", "SIZE", WHAT_TO_SHOW, take_flight, 0,
		"Keep the newest events in SIZE of memory (1M to 1G) and write them at the end, on SIGUSR1 and as --when says; with -o to FILE, then FILE.1, ..." },
	{ 0, "when", "COND", WHAT_TO_SHOW, take_when, 0,
		"The flight recorder writes when an event comes (miss, evict, reload, error, prefetch, openat...) or takes long (load>100ms, read>10ms); may be repeated" },
	{ 0, "color", "WHEN", WHAT_TO_SHOW, take_colour, 0,
		"auto (default: on a terminal, unless NO_COLOR is set), always, never" },
	{ .group = OTHER, .help = "Other:" },
	{ 0, "buffer", "SIZE", OTHER, take_ring_size, 0,
		"Ring buffer of each CPU, as 512K, 16M (default: by memory, up to 16M; with -s 64M)" },
	{ 0, "max-overhead", "PCT|off", OTHER, take_overhead, 0,
		"Take no more of the traced threads' time: tell less, and say so, before it is passed (off)" },
	{ 0, "json-schema", NULL, OTHER, take_schema, 0, "Print the JSON Schema of --format json and jsonl" },
	{ 'h', NULL, NULL, OTHER, NULL, 0, NULL },
	{ 0, "debug", NULL, OTHER, take_flag, FIELD(debug),
		"Print what libbpf and the kernel's verifier say" },
	{ 'p', "pid", "PID,...", WHAT_TO_TRACE, take_pids, 0,
		"Trace running processes, all their threads, instead of a command" },
	{ 'a', "all", NULL, WHAT_TO_TRACE, take_flag, FIELD(all),
		"Trace all processes of the machine, also those that start later; not bundletrace and what takes its output" },
	{ 0, "cgroup", "PATH", WHAT_TO_TRACE, take_cgroup, 0,
		"Only processes in this control group or below it; without a command and -p, of the whole machine" },
	{ 0, "comm", "NAME", WHAT_TO_TRACE, take_comm, 0,
		"Only processes of this name, as ps -o comm has it" },
	{ 0, "uid", "USER", WHAT_TO_TRACE, take_user, 0,
		"Only processes of this user (name or number; the effective one)" },
	{ 'f', "follow-forks", NULL, WHAT_TO_TRACE, take_flag, FIELD(follow),
		"Trace child processes too, and theirs; with -a, those of all that were chosen" },
};

static const char arguments[] =
	"-- COMMAND [ARG...]\n-p PID[,PID...]\n-a\n--cgroup PATH, --comm NAME, --uid USER\n--read FILE";

static const char about[] =
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
	"executed, 1 if tracing failed, 2 for usage errors. It needs root or CAP_BPF and CAP_PERFMON, and CAP_SYS_PTRACE for other users' processes (before Linux 6.2, CAP_SYS_ADMIN instead of the first two); through sudo, the command runs as you.";

#define ROWS (sizeof(table) / sizeof(table[0]))

/* argp's key of an option without a letter: its index, from here on. */
#define FIRST_KEY 256

static const struct option_row *row_of(int key)
{
	if (key >= FIRST_KEY && key < FIRST_KEY + (int)ROWS)
		return &table[key - FIRST_KEY];
	for (const struct option_row *row = table; row < table + ROWS; row++)
		if (row->letter && row->letter == key)
			return row;
	return NULL;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	const struct option_row *row = row_of(key);
	if (key == ARGP_KEY_ARG) { /* the command; what follows is its own */
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	}
	if (!row)
		return ARGP_ERR_UNKNOWN;
	if (row->take)
		row->take(options, row, arg);
	else
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	return 0;
}

/* The table as argp has it, closed by a row of zeros. */
static void fill(struct argp_option rows[ROWS + 1])
{
	for (unsigned i = 0; i < ROWS; i++) {
		const struct option_row *row = &table[i];
		bool heading = !row->letter && !row->name;
		rows[i] = (struct argp_option){
			.name = row->name,
			.key = heading       ? 0
			       : row->letter ? row->letter
					     : FIRST_KEY + (int)i,
			.arg = row->argument,
			.flags = (row->help ? 0 : OPTION_HIDDEN) |
				 (row->take == take_deep ? OPTION_ARG_OPTIONAL : 0),
			.doc = row->help,
			.group = row->group,
		};
	}
	rows[ROWS] = (struct argp_option){ 0 };
}

/* For argp: the help of --format lists the table of formats. */
static char *help_text(int key, const char *text, void *input)
{
	struct text help = { 0 };
	const struct option_row *row = row_of(key);
	(void)input;
	if (!row || row->take != take_format)
		return (char *)text;
	sink_help_text(&help);
	text_char(&help, '\0');
	return help.data; /* argp frees it */
}

void option_table_parse(struct options *options, int argc, char **argv)
{
	struct argp_option rows[ROWS + 1];
	const struct argp parser = { rows, take, arguments, about, NULL, help_text, NULL };
	fill(rows);
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, options);
}
