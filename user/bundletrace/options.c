/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "option_table.h"
#include "user/base/report.h"
#include "usage.h"

/* There is one thing to trace, and not more. */
static void check_target(const struct options *options)
{
	int targets =
		(options->command != NULL) + (options->pids != NULL) + (options->read != NULL) + options->all;
	if (targets > 1)
		usage_conflict("a command, -p, -a and --read: one of them");
	if (options->read && options->whom.by)
		usage_conflict("--cgroup, --comm, --uid: --read shows what was recorded");
	if (options->read && options->maps.count)
		usage_conflict("--probes: --read shows what was recorded");
	if (targets > 0 || options->whom.by)
		return;
	report("nothing to trace (bundletrace [OPTION...] -- COMMAND [ARG...], -p PID, or -a; see --help)");
	exit(EXIT_USAGE);
}

/* What a flight recorder needs, and what needs one. */
static void check_flight(const struct options *options)
{
	if (!options->flight_bytes && options->when_count)
		usage_conflict("--when: it is for --flight-recorder");
	if (!options->flight_bytes)
		return;
	if (options->read)
		usage_conflict("--flight-recorder: --read shows what was recorded");
	if (options->max_events)
		usage_conflict("--flight-recorder: it keeps the newest events, --max-events the first");
	if (options->format != FORMAT_TEXT && !options->output)
		usage_conflict("--flight-recorder: each document needs a file of its own (-o FILE)");
	for (unsigned i = 0; i < options->when_count; i++)
		if (!condition_observable(&options->when[i], &options->filter)) {
			report("--when %s: -e leaves out what it waits for (see --help)",
				printable(options->when[i].spec));
			exit(EXIT_USAGE);
		}
}

static void check_trace_file(const struct options *options)
{
	if (options->format != FORMAT_BTRACE || options->output)
		return;
	report("--format btrace: a trace file needs a name (-o FILE.btrace)");
	exit(EXIT_USAGE);
}

static void check_csv(const struct options *options)
{
	if (sink_formats[options->format].tables != TABLES_INSTEAD || !options->tables || !options->timeline)
		return;
	report("-C: CSV holds the events or the tables (-c: the tables)");
	exit(EXIT_USAGE);
}

/* A path that is not there yet may come, and may be there for the traced processes alone. */
static void check_paths(const struct options *options)
{
	struct stat st;
	for (unsigned i = 0; i < options->selection.paths.count && !options->read; i++) {
		const char *path = options->selection.paths.items[i];
		if (stat(path, &st) && (errno == ENOENT || errno == ENOTDIR))
			report("-P %s: no such file here: only a file that gets this path is shown",
				printable(path));
	}
}

/* Fields that follow from others. */
static void complete(struct options *options)
{
	if (!filter_complete(&options->filter)) {
		report("out of memory");
		exit(EXIT_FAILURE);
	}
	if (options_stats(options) && !options->tables) {
		options->timeline = false;
		options->tables = true;
	}
	if (options->output && options->format == FORMAT_TEXT &&
		sink_format_of_file(options->output) != FORMATS)
		options->format = sink_format_of_file(options->output);
	if (options->format == FORMAT_FOLDED)
		options->stacks = STACKS_ALL;
	options->count_shown =
		selection_any(&options->selection) || options->max_events || options->flight_bytes;
}

/* The measurement is made for the tables of a run. */
static void check_measure(const struct options *options)
{
	if (!options->measure_device)
		return;
	if (options->read)
		usage_conflict("--measure-device: --read shows what was recorded");
	if (options->format == FORMAT_BTRACE || options->flight_bytes)
		usage_conflict(
			"--measure-device: it is for the tables of a run, which a recording does not hold");
	if (options_sum_files(options) && (options->tables || options->format != FORMAT_TEXT))
		return;
	report("--measure-device: no table of files is asked for (-c, -C, or another --format)");
	exit(EXIT_USAGE);
}

void options_parse(struct options *options, int argc, char **argv)
{
	*options = (struct options){ .timeline = true, .stats.sigma = SIGMA_DEFAULT };
	filter_init(&options->filter);
	option_table_parse(options, argc, argv);
	check_target(options);
	complete(options);
	check_trace_file(options);
	check_flight(options);
	check_csv(options);
	check_measure(options);
	check_paths(options);
}
