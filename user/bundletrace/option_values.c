/* SPDX-License-Identifier: BSD-2-Clause */
#include "option_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/numbers.h"
#include "user/base/pid_list.h"
#include "user/base/report.h"
#include "user/event/schema.h"
#include "user/kernel/governor.h"
#include "user/record/window.h"
#include "phase_maps.h"
#include "usage.h"
#include "whom.h"

#define RING_MIN ((size_t)4096)
#define RING_MAX ((size_t)1 << 30)

/* ---- any field of a type ---- */

static void *field_of(struct options *options, const struct option_row *row)
{
	return (char *)options + row->field;
}

/* The option as messages name it: -d, or --unwind if it has no letter. */
static const char *name_of(const struct option_row *row)
{
	static char name[32];
	if (row->letter)
		snprintf(name, sizeof(name), "-%c", row->letter);
	else
		snprintf(name, sizeof(name), "--%s", row->name);
	return name;
}

void take_flag(struct options *options, const struct option_row *row, const char *arg)
{
	(void)arg;
	*(bool *)field_of(options, row) = true;
}

void take_string(struct options *options, const struct option_row *row, const char *arg)
{
	*(const char **)field_of(options, row) = arg;
}

void take_count(struct options *options, const struct option_row *row, const char *arg)
{
	uint64_t count;
	if (!number_whole(arg, &count) || count == 0)
		usage_error(name_of(row), arg, "a number of events");
	*(uint64_t *)field_of(options, row) = count;
}

void take_selected(struct options *options, const struct option_row *row, const char *arg)
{
	if (!*arg)
		usage_error(name_of(row), arg, "a name");
	if (!selection_add(field_of(options, row), arg))
		usage_no_memory();
}

/* ---- what to trace ---- */

void take_filter(struct options *options, const struct option_row *row, const char *arg)
{
	struct text problem = { 0 };
	if (!filter_parse(&options->filter, arg, &problem))
		usage_problem(name_of(row), arg, &problem);
}

void take_probes(struct options *options, const struct option_row *row, const char *arg)
{
	phase_maps_add(&options->maps, name_of(row), arg);
}

/* A number above 0 and below `limit`. */
static bool parse_positive(const char *text, double limit, double *value)
{
	return number_real(text, value) && *value > 0 && *value < limit;
}

void take_seconds(struct options *options, const struct option_row *row, const char *arg)
{
	if (!parse_positive(arg, 1e9, &options->seconds))
		usage_error(name_of(row), arg, "a number of seconds");
}

void take_pids(struct options *options, const struct option_row *row, const char *arg)
{
	if (!pid_list_add(&options->pids, &options->pid_count, arg))
		usage_error(name_of(row), arg, "process ids separated by commas");
}

static void take_whom(struct options *options, const struct option_row *row, const char *arg,
	bool (*add)(struct whom *, const char *, struct text *))
{
	struct text problem = { 0 };
	if (add(&options->whom, arg, &problem)) {
		text_free(&problem);
		return;
	}
	report("%s %s: %.*s", name_of(row), printable(arg), (int)problem.len,
		problem.data ? problem.data : "");
	exit(EXIT_USAGE);
}

void take_cgroup(struct options *options, const struct option_row *row, const char *arg)
{
	take_whom(options, row, arg, whom_cgroup);
}

void take_comm(struct options *options, const struct option_row *row, const char *arg)
{
	take_whom(options, row, arg, whom_comm);
	if (strlen(arg) >= COMM_BYTES)
		report("--comm %s: the kernel keeps %d bytes of a name: what matches is %s", printable(arg),
			COMM_BYTES - 1, printable(options->whom.comm));
}

void take_user(struct options *options, const struct option_row *row, const char *arg)
{
	take_whom(options, row, arg, whom_user);
}

/* ---- what to show ---- */

void take_tables_only(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	options->timeline = false;
	options->tables = true;
}

void take_tables(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	options->timeline = options->tables = true;
}

void take_sigma(struct options *options, const struct option_row *row, const char *arg)
{
	if (!parse_positive(arg, 1e6, &options->stats.sigma))
		usage_error(name_of(row), arg, "a number of standard deviations");
	options->stats.extended = true;
}

void take_source(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	if (options->stacks == STACKS_NONE)
		options->stacks = STACKS_LINE;
}

void take_stack(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	options->stacks = STACKS_ALL;
}

/* The index of a word in a list that NULL ends; another word ends the program. */
static unsigned choice(
	const struct option_row *row, const char *arg, const char *const words[], const char *expected)
{
	for (unsigned i = 0; words[i]; i++)
		if (strcmp(arg, words[i]) == 0)
			return i;
	usage_error(name_of(row), arg, expected);
}

void take_unwind(struct options *options, const struct option_row *row, const char *arg)
{
	static const char *const words[] = { "dwarf", "fp", NULL };
	options->frame_pointers = choice(row, arg, words, "dwarf or fp") == 1;
}

void take_deep(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row;
	if (arg && strcmp(arg, "sum") != 0)
		usage_error("--deep", arg, "sum, or nothing");
	filter_want_layers(&options->filter);
	options->filter.sums_only = arg != NULL;
}

void take_parts(struct options *options, const struct option_row *row, const char *arg)
{
	static const char *const words[] = { "tensor", "layer", "range", NULL };
	static const enum parts_by parts[] = { BY_TENSOR, BY_LAYER, BY_RANGE };
	options->parts_by = parts[choice(row, arg, words, "tensor, layer or range")];
}

void take_folded(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	options->format = FORMAT_FOLDED;
}

void take_time(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	if (options->time == TEXT_TIME_RELATIVE)
		options->time = TEXT_TIME_NONE;
	if (options->time < TEXT_TIME_EPOCH)
		options->time++;
}

void take_relative_time(struct options *options, const struct option_row *row, const char *arg)
{
	(void)row, (void)arg;
	options->time = TEXT_TIME_RELATIVE;
}

void take_format(struct options *options, const struct option_row *row, const char *arg)
{
	struct text names = { 0 };
	options->format = sink_format_named(arg);
	if (options->format != FORMATS)
		return;
	sink_names_text(&names);
	text_char(&names, '\0');
	usage_error(name_of(row), arg, names.failed ? "a format" : names.data);
}

void take_colour(struct options *options, const struct option_row *row, const char *arg)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	options->colour = (enum colour)choice(row, arg, words, "auto, always or never");
}

/* A number of bytes such as 512K, 16M or 1G, above 0 and up to RING_MAX. */
static bool parse_bytes(const char *text, size_t *bytes)
{
	return number_bytes(text, bytes) && *bytes > 0 && *bytes <= RING_MAX;
}

void take_flight(struct options *options, const struct option_row *row, const char *arg)
{
	if (!parse_bytes(arg, &options->flight_bytes) || options->flight_bytes < WINDOW_BYTES_MIN)
		usage_error(name_of(row), arg, "a size from 1M to 1G");
}

void take_when(struct options *options, const struct option_row *row, const char *arg)
{
	struct text problem = { 0 };
	struct condition *when = reallocarray(options->when, options->when_count + 1, sizeof(*when));
	if (!when)
		usage_no_memory();
	options->when = when;
	if (!condition_parse(&when[options->when_count++], arg, &problem))
		usage_problem(name_of(row), arg, &problem);
}

/* ---- other ---- */

/* The kernel wants a power of two. */
void take_ring_size(struct options *options, const struct option_row *row, const char *arg)
{
	size_t bytes;
	if (!parse_bytes(arg, &bytes))
		usage_error(name_of(row), arg, "a size from 4K to 1G");
	options->ring_bytes = RING_MIN;
	while (options->ring_bytes < bytes)
		options->ring_bytes *= 2;
}

void take_overhead(struct options *options, const struct option_row *row, const char *arg)
{
	if (!governor_parse(arg, &options->max_overhead))
		usage_error(name_of(row), arg, "a percentage above 0 and up to 100, or off");
}

void take_schema(struct options *options, const struct option_row *row, const char *arg)
{
	(void)options, (void)row, (void)arg;
	fputs(trace_schema, stdout);
	exit(fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
}
