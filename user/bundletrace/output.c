/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/record/btrace.h"
#include "user/base/report.h"
#include "user/sink/sinks.h"
#include "user/sink/summary_text.h"
#include "user/stage/pipeline.h"
#include "user/tables/file_table.h"
#include "user/tables/load_table.h"
#include "user/tables/phase_table.h"
#include "user/tables/summary.h"
#include "flight.h"
#include "observed.h"
#include "output_file.h"
#include "measure.h"
#include "page_cache.h"

struct output {
	const struct options *options;
	struct run_start start;
	struct file_facts facts; /* that `start` points to */
	struct out out;
	struct pipeline *pipeline;
	struct btrace_writer *recorder; /* of a trace file; NULL: none */
	struct flight *flight;          /* NULL: none */
	unsigned dumps;                 /* documents that the flight recorder wrote */
	struct sink *sink;              /* NULL: tables only */
	struct summary *summary;        /* NULL: no table of bundles */
	struct file_table *files;       /* NULL: no table of files */
	struct load_table *loads;       /* NULL: no table of loads */
	struct phase_table *phases;     /* NULL: no table of phases */
	struct stats *stats;            /* NULL: no durations one by one */
	bool text, tables;
	int file; /* to be closed; -1: standard output or error */
};

static bool want_colour(const struct options *options, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (options->colour != COLOUR_AUTO)
		return options->colour == COLOUR_ALWAYS;
	return isatty(fd) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static struct sink *make_sink(
	struct output *output, const struct options *options, const struct run_start *start)
{
	struct sink_options sink = {
		.start = start,
		.output = options->output,
		.tables_only = !options->timeline,
		.text = {
			.durations = options->durations,
			.stack = (enum text_stack)options->stacks,
			.colour = want_colour(options, output->out.fd),
			.names = options->follow || (!options->command && !options->read),
			.several_tasks =
				options->follow || options_everyone(options) || options->pid_count > 1,
			.time = options->time,
			.clock_offset_ns = start->clock_offset_ns,
		},
	};
	return sink_new(options->format, &output->out, &sink);
}

/* A flight recorder opens its files later: better to know now that it cannot. */
static int check_folder(const struct options *options)
{
	char *copy = options->output ? strdup(options->output) : NULL;
	bool can = !copy || access(dirname(copy), W_OK) == 0;
	int err = can ? 0 : -errno;
	free(copy);
	if (err)
		report("%s: cannot write: %s (give another file with -o)", printable(options->output),
			strerror(-err));
	return err;
}

/* Where it goes: a file, standard output for what programs read and where no command needs it, or standard
 * error. */
static int open_file(struct output *output, const struct options *options)
{
	int fd = options->format == FORMAT_TEXT && !options->read ? STDERR_FILENO : STDOUT_FILENO;
	output->file = -1;
	if (options->flight_bytes)
		return check_folder(options);
	if (options->output) {
		fd = output->file = output_file_open(options->output);
		if (fd < 0)
			return fd;
	}
	out_init(&output->out, fd);
	return 0;
}

/* What the pipeline ends in; false: out of memory, or no place for a temporary file. */
static bool make_writer(struct output *output, const struct options *options, const struct run_start *start)
{
	bool text = options->format == FORMAT_TEXT;
	if (options->flight_bytes)
		return (output->flight = flight_new(options)) != NULL;
	if (options->format == FORMAT_BTRACE)
		return (output->recorder = btrace_writer_new(&output->out, start, options_timed(options))) !=
		       NULL;
	output->text = text;
	output->tables = text && options->tables;
	if (!text || options->timeline)
		output->sink = make_sink(output, options, start);
	if (!text || options->tables)
		output->summary = summary_new();
	if (output->summary)
		output->files = files_table_new(options->parts_by);
	if (output->summary)
		output->phases = phase_table_new();
	if (output->files)
		output->files->facts = output->facts;
	if (output->files)
		output->loads = load_table_new(&output->facts);
	if (output->loads)
		output->loads->evictions_unseen = !(options->filter.app & FILTER_APP(EVENT_APP_EVICT));
	if (options_stats(options))
		output->stats = stats_new(&options->stats, start->clock_offset_ns);
	return (output->stats || !options_stats(options)) && (output->loads || !output->files) &&
	       (output->sink || (text && !options->timeline)) &&
	       ((output->files && output->phases) || (text && !options->tables));
}

static int record(void *ctx, const struct event_header *record, unsigned cpu, const struct event *ev)
{
	(void)ev;
	return btrace_write(ctx, record, cpu);
}

static int keep(void *ctx, const struct event_header *record, unsigned cpu, const struct event *ev)
{
	struct flight *flight = ctx;
	int err = flight_record(flight, record, cpu, ev);
	return err ? err : flight_due(flight) ? OUTPUT_DUE : 0;
}

/* False: out of memory. */
static bool make_pipeline(struct output *output, const struct options *options)
{
	char *here = options->command ? getcwd(NULL, 0) : NULL;
	struct cwd_options where = {
		.live = !options->read,
		.follow = options->filter.wanted[SYS_chdir] && options->filter.wanted[SYS_fchdir],
		.here = here,
	};
	struct pipeline_options pipeline = {
		.raw = output->recorder && options->read && !options->count_shown,
		/* a recording's files may have changed by now, or be another machine's */
		.may_open = !options->read && !options->from_flight,
		.maps_followed = options->filter.wanted[SYS_mmap] && options->filter.wanted[SYS_munmap] &&
				 options->filter.wanted[SYS_mremap],
		.count_calls = options->count_shown,
		.selection = &options->selection,
		.where = &where,
		.max_events = options->max_events,
		.tables_only = filter_tables_only(&options->filter),
		.cause = { .own = !output->facts.unseen[FACT_LOADS],
			.infer = filter_wants_layer(&options->filter, FILTER_LOAD),
			.storage_seen = !output->facts.unseen[FACT_FILLS] },
	};
	struct pipeline_ends ends = {
		.sink = output->sink,
		.summary = output->summary,
		.files = output->files,
		.loads = output->loads,
		.phases = output->phases,
		.stats = output->stats,
		.tap = output->recorder ? record
		       : output->flight ? keep
					: NULL,
		.tap_ctx = output->recorder ? (void *)output->recorder : output->flight,
		.counts = output->text ? text_sink_shows : NULL,
	};
	output->pipeline = pipeline_new(&pipeline, &ends);
	free(here);
	return output->pipeline != NULL;
}

struct output *output_open(const struct options *options, const struct run_start *start)
{
	struct output *output = calloc(1, sizeof(*output));
	if (!output || open_file(output, options)) {
		free(output);
		return NULL;
	}
	output->options = options;
	output->start = *start;
	output->start.facts = &output->facts;
	observed_facts(options, start->facts, &output->facts);
	if (!make_writer(output, options, &output->start) || !make_pipeline(output, options)) {
		report("cannot prepare the output: %s", strerror(errno));
		output_close(output);
		return NULL;
	}
	return output;
}

void output_set_wait(struct output *output, const struct out_wait *wait)
{
	if (!output->flight)
		out_set_wait(&output->out, wait);
}

void output_counts_live(struct output *output)
{
	output->summary->live = true;
}

int output_record(struct output *output, const struct event_header *record, unsigned cpu)
{
	return pipeline_take(output->pipeline, record, cpu);
}

void output_gap(struct output *output, const uint64_t missing[EVENT_KINDS], bool known)
{
	uint64_t kinds = known ? 0 : UINT64_MAX;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		if (missing[kind])
			kinds |= KIND_BIT(kind);
	pipeline_gap(output->pipeline, kinds);
}

int output_event(struct output *output, const struct event *ev)
{
	pipeline_tables(output->pipeline, ev);
	return 0;
}

struct stats *output_stats(const struct output *output)
{
	return output->stats;
}

void output_set_decided(struct output *output, const struct select_decided *decided)
{
	pipeline_set_decided(output->pipeline, decided);
}

uint64_t output_events(const struct output *output)
{
	return pipeline_events(output->pipeline);
}

uint64_t output_stacks_left_out(const struct output *output)
{
	return pipeline_stacks_left_out(output->pipeline);
}

bool output_full(const struct output *output)
{
	return pipeline_full(output->pipeline);
}

uint64_t output_bytes(const struct output *output)
{
	struct stat st;
	if (output->flight)
		return flight_bytes(output->flight);
	if (output->file < 0 || fstat(output->file, &st))
		return 0;
	size_t waiting = output->recorder ? btrace_waiting(output->recorder) : 0;
	return (uint64_t)st.st_size + output->out.text.len + waiting;
}

/* ---- what the flight recorder holds, as a document of its own ---- */

/* FILE, FILE.1, FILE.2, ... NULL: standard error, or out of memory. The caller frees it. */
static char *next_name(struct output *output)
{
	char *name;
	unsigned number = output->dumps++;
	const char *file = output->options->output;
	if (!file || number == 0)
		return file ? strdup(file) : NULL;
	return asprintf(&name, "%s.%u", file, number) < 0 ? NULL : name;
}

static int put_record(void *ctx, const struct event_header *record, unsigned cpu)
{
	return output_record(ctx, record, cpu);
}

static int write_document(struct output *output, const char *name, const struct run_result *result)
{
	struct options options = *output->options;
	struct run_result copy = *result;
	options.output = name;
	options.flight_bytes = 0;
	options.selection = (struct selection){ 0 }; /* what is held was selected */
	options.from_flight = true;
	struct output *document = output_open(&options, &output->start);
	int err = document ? flight_each(output->flight, put_record, document) : -EIO;
	if (!err)
		err = output_finish(document, &copy);
	output_close(document);
	return err;
}

int output_dump(struct output *output, const struct run_result *result)
{
	if (!output->flight)
		return 0;
	char *name = next_name(output);
	if (!name && output->options->output)
		return -ENOMEM;
	int err = write_document(output, name, result);
	const char *why = flight_reason(output->flight);
	if (!err && name && why)
		report("%s: written at %s", printable(name), printable(why));
	flight_written(output->flight);
	free(name);
	return err;
}

int output_note(struct output *output, const char *note)
{
	if (!output->text || output->flight)
		return 0;
	text_printf(&output->out.text, "--- %s\n", note);
	return out_settle(&output->out);
}

int output_flush(struct output *output)
{
	if (output->flight)
		return 0;
	return output->recorder ? btrace_flush(output->recorder) : out_flush(&output->out);
}

/* True if nothing is missing of what the caches of bundles have loaded and evicted. */
static bool caches_known(const struct options *options, const struct run_result *result)
{
	static const uint16_t kinds[] = { EVENT_APP_OPEN, EVENT_APP_LOAD, EVENT_APP_EVICT };
	bool known = options->max_overhead == 0;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		known &= filter_wants_app(&options->filter, kinds[i]);
		for (unsigned cause = 0; cause < LOST_CAUSES; cause++)
			known &= result->lost[kinds[i]][cause] == 0;
	}
	return known;
}

int output_finish(struct output *output, struct run_result *result)
{
	const struct call_count *calls = pipeline_calls(output->pipeline);
	int err = pipeline_end(output->pipeline);
	result->loads = output->loads;
	if (output->loads)
		output->loads->not_inferred = pipeline_not_inferred(output->pipeline);
	result->summary = output->summary;
	result->files = output->files;
	result->phases = output->phases;
	result->stats = output->stats;
	if (output->files && !output->options->read && !output->facts.unseen[FACT_EVICTIONS])
		page_cache_look(output->files, caches_known(output->options, result));
	if (output->files && output->options->measure_device)
		measure_device(output->files);
	result->events = pipeline_events(output->pipeline);
	result->stacks_left_out = pipeline_stacks_left_out(output->pipeline);
	if (output->flight) {
		flight_end(output->flight);
		return output_dump(output, result);
	}
	if (calls && result->calls)
		result->calls = calls;
	if (output->recorder)
		return btrace_finish(output->recorder, result);
	if (!err && output->sink)
		err = output->sink->finish(output->sink, result);
	if (!err && output->tables)
		err = summary_text(&output->out, result);
	else if (!err && output->text)
		summary_lost(&output->out.text, result);
	if (!err)
		err = out_flush(&output->out);
	return err;
}

void output_close(struct output *output)
{
	if (!output)
		return;
	if (output->sink)
		output->sink->free(output->sink);
	summary_free(output->summary);
	files_table_free(output->files);
	load_table_free(output->loads);
	phase_table_free(output->phases);
	stats_free(output->stats);
	pipeline_free(output->pipeline);
	flight_free(output->flight);
	btrace_writer_free(output->recorder);
	out_free(&output->out);
	if (output->file >= 0)
		close(output->file);
	free(output);
}
