/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/record/btrace.h"
#include "user/event/call_counts.h"
#include "user/sink/chrome_sink.h"
#include "user/sink/csv_sink.h"
#include "user/stage/decode.h"
#include "user/sink/folded_sink.h"
#include "user/sink/html_sink.h"
#include "user/sink/json_sink.h"
#include "user/stage/places.h"
#include "user/base/report.h"
#include "user/stage/select.h"
#include "user/tables/summary.h"
#include "flight.h"

struct output {
	struct out out;
	struct btrace_writer *recorder; /* takes the records as they are */
	struct flight *flight;          /* or keeps them */
	struct decoder *decoder;        /* NULL: nobody looks into the records */
	struct places *places;
	struct select *select;    /* NULL: everything is kept */
	uint32_t lost_before;     /* events that were dropped here had been told of so many lost, ... */
	uint64_t lost_since_ns;   /* ... and since when */
	struct call_count *calls; /* of the kept calls; NULL: the kernel side's hold */
	uint64_t events, max_events;
	struct sink *sink;       /* NULL: tables only */
	struct summary *summary; /* NULL: nobody asks for it */
	struct stats *stats;     /* NULL: nobody asks for it */
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

static struct sink *make_text(
	struct output *output, const struct options *options, const struct run_start *start)
{
	struct text_options text = {
		.durations = options->durations,
		.stack = (enum text_stack)options->stacks,
		.colour = want_colour(options, output->out.fd),
		.several_tasks = options_everyone(options),
		.time = options->time,
		.clock_offset_ns = start->clock_offset_ns,
	};
	return text_sink_new(&output->out, &text);
}

/* The formats that keep a temporary file, best beside the output. */
static struct sink *make_spooling(
	struct output *output, const struct options *options, const struct run_start *start)
{
	char *copy = options->output ? strdup(options->output) : NULL;
	struct json_options json = {
		.form = options->format == FORMAT_JSON ? JSON_DOCUMENT : JSON_LINES,
		.start = start,
		.spool_dir = copy ? dirname(copy) : NULL,
	};
	struct sink *sink = options->format == FORMAT_HTML
				    ? html_sink_new(&output->out, start, json.spool_dir)
				    : json_sink_new(&output->out, &json);
	free(copy);
	return sink;
}

static struct sink *make_sink(
	struct output *output, const struct options *options, const struct run_start *start)
{
	switch (options->format) {
	case FORMAT_TEXT:
		return make_text(output, options, start);
	case FORMAT_CSV:
		return csv_sink_new(&output->out, options->timeline ? CSV_EVENTS : CSV_TABLES);
	case FORMAT_FOLDED:
		return folded_sink_new(&output->out);
	case FORMAT_CHROME:
		return chrome_sink_new(&output->out, start);
	default:
		return make_spooling(output, options, start);
	}
}

static int cannot_write(const struct options *options)
{
	int err = -errno;
	report("%s: cannot write: %s (give another file with -o)", printable(options->output),
		strerror(-err));
	return err;
}

/* A flight recorder opens its files later: better to know now that it cannot. */
static int check_folder(const struct options *options)
{
	char *copy = options->output ? strdup(options->output) : NULL;
	bool can = !copy || access(dirname(copy), W_OK) == 0;
	free(copy);
	return can ? 0 : cannot_write(options);
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
		fd = output->file = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0)
			return cannot_write(options);
	}
	out_init(&output->out, fd);
	return 0;
}

/* What writes; false: out of memory, or no place for a temporary file. */
static bool make_writer(struct output *output, const struct options *options, const struct run_start *start)
{
	bool text = options->format == FORMAT_TEXT;
	if (options->flight_bytes)
		return (output->flight = flight_new(options, start)) != NULL;
	if (options->format == FORMAT_BTRACE)
		return (output->recorder = btrace_writer_new(&output->out, start, options_timed(options))) !=
		       NULL;
	output->text = text;
	output->tables = text && options->tables;
	if (!text || options->timeline)
		output->sink = make_sink(output, options, start);
	if (!text || options->tables)
		output->summary = summary_new();
	if (options_stats(options))
		output->stats = stats_new(&options->stats, start->clock_offset_ns);
	return (output->stats || !options_stats(options)) && (output->sink || (text && !options->timeline)) &&
	       (output->summary || (text && !options->tables));
}

/* Where relative paths of the traced processes begin. */
static struct select *make_select(const struct options *options)
{
	char *here = options->command ? getcwd(NULL, 0) : NULL;
	struct cwd_options where = {
		.live = !options->read,
		.follow = options->filter.wanted[SYS_chdir] && options->filter.wanted[SYS_fchdir],
		.here = here,
	};
	struct select *select = select_new(&options->selection, &where);
	free(here);
	return select;
}

/* What looks into the records before; false: out of memory. */
static bool make_stages(struct output *output, const struct options *options)
{
	if (output->recorder && !options->count_shown)
		return true;
	output->decoder = decoder_new();
	/* the files of a recording may have changed since, and may be another machine's */
	output->places = places_new(!options->read);
	if (options->count_shown)
		output->calls = calloc(SYSCALL_MAX, sizeof(*output->calls));
	if (selection_any(&options->selection))
		output->select = make_select(options);
	return output->decoder && output->places && (output->calls || !options->count_shown) &&
	       (output->select || !selection_any(&options->selection));
}

struct output *output_open(const struct options *options, const struct run_start *start)
{
	struct output *output = calloc(1, sizeof(*output));
	if (!output || open_file(output, options)) {
		free(output);
		return NULL;
	}
	output->max_events = options->max_events ? options->max_events : UINT64_MAX;
	if (!make_writer(output, options, start) || !make_stages(output, options)) {
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

/* Where an event of the timeline passes everything that is interested in it. */
static int take_event(struct output *output, const struct event *ev)
{
	if (output->summary)
		summary_event(output->summary, ev);
	int err = output->stats ? stats_event(output->stats, ev) : 0;
	if (err)
		return err;
	return output->sink ? output->sink->event(output->sink, ev) : 0;
}

/* What tells of the tables only is no event of the timeline. */
int output_event(struct output *output, const struct event *ev)
{
	if (output->summary && (!output->select || select_event(output->select, ev) == SELECT_IN))
		summary_event(output->summary, ev);
	return 0;
}

/* A record goes on as it came. */
static int keep_record(
	struct output *output, const struct event_header *record, unsigned cpu, const struct event *ev)
{
	if (output->recorder)
		return btrace_write(output->recorder, record, cpu);
	int err = flight_record(output->flight, record, cpu, ev);
	return err ? err : flight_due(output->flight) ? OUTPUT_DUE : 0;
}

/* What was lost before an event that is dropped was lost before the next one that is kept. */
static void carry_lost(struct output *output, const struct event *ev)
{
	if (ev->lost_before && (!output->lost_before || ev->lost_since_ns < output->lost_since_ns))
		output->lost_since_ns = ev->lost_since_ns;
	output->lost_before += ev->lost_before;
}

static const struct event_header *with_lost(
	struct output *output, const struct event_header *record, struct event *ev, struct text *copy)
{
	if (output->lost_before == 0)
		return record;
	carry_lost(output, ev);
	ev->lost_before = output->lost_before;
	ev->lost_since_ns = output->lost_since_ns;
	output->lost_before = 0;
	text_add(copy, (const char *)record, record->size);
	if (copy->failed)
		return record;
	struct event_header *changed = (void *)copy->data;
	changed->lost_before = ev->lost_before;
	return changed;
}

/* An event that was asked for. */
static int keep_event(
	struct output *output, const struct event_header *record, unsigned cpu, struct event *ev)
{
	struct text copy = { 0 };
	if (output->events == output->max_events)
		return 0;
	output->events += !output->text || text_sink_shows(ev);
	if (output->calls && ev->kind == EVENT_SYSCALL)
		call_counts_add(output->calls, ev->call.nr, ev->call.result, ev->duration_ns);
	record = with_lost(output, record, ev, &copy);
	int err = output->recorder || output->flight ? keep_record(output, record, cpu, ev)
						     : take_event(output, ev);
	text_free(&copy);
	return err;
}

/* One that the counts of others need: only a trace file shows it. */
static int keep_context(
	struct output *output, const struct event_header *record, unsigned cpu, const struct event *ev)
{
	if (output->events == output->max_events)
		return 0;
	if (output->recorder || output->flight)
		return keep_record(output, record, cpu, ev);
	carry_lost(output, ev);
	if (output->summary)
		summary_event(output->summary, ev);
	return 0;
}

/* A record for a trace file that nobody looks into. */
static int pass_record(struct output *output, const struct event_header *record, unsigned cpu)
{
	output->events += kind_of(record->kind)->role != ROLE_DEFINES;
	return btrace_write(output->recorder, record, cpu);
}

int output_record(struct output *output, const struct event_header *record, unsigned cpu)
{
	struct event ev;
	if (!output->decoder)
		return pass_record(output, record, cpu);
	int err = decoder_take(output->decoder, record, cpu, &ev);
	if (err < 0)
		return err;
	if (err == 0 && (output->recorder || output->flight)) /* it only tells of something */
		return keep_record(output, record, cpu, NULL);
	if (err == 0) {
		carry_lost(output, &ev);
		return 0;
	}
	if (ev.kind == EVENT_MODEL)
		return output_event(output, &ev);
	places_name(output->places, &ev);
	enum select_verdict verdict = output->select ? select_event(output->select, &ev) : SELECT_IN;
	if (verdict == SELECT_IN)
		return keep_event(output, record, cpu, &ev);
	if (verdict == SELECT_CONTEXT)
		return keep_context(output, record, cpu, &ev);
	carry_lost(output, &ev);
	return 0;
}

struct stats *output_stats(const struct output *output)
{
	return output->stats;
}

uint64_t output_events(const struct output *output)
{
	return output->events;
}

bool output_full(const struct output *output)
{
	return output->events == output->max_events;
}

uint64_t output_bytes(const struct output *output)
{
	struct stat st;
	if (output->flight)
		return flight_bytes(output->flight);
	return output->file < 0 || fstat(output->file, &st) ? 0 : (uint64_t)st.st_size + output->out.text.len;
}

int output_dump(struct output *output, const struct run_result *result)
{
	return output->flight ? flight_dump(output->flight, result) : 0;
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
	return output->flight ? 0 : out_flush(&output->out);
}

int output_finish(struct output *output, struct run_result *result)
{
	int err = 0;
	result->summary = output->summary;
	result->stats = output->stats;
	result->events = output->events;
	if (output->flight)
		return flight_finish(output->flight, result);
	if (output->calls && result->calls)
		result->calls = output->calls;
	if (output->recorder)
		return btrace_finish(output->recorder, result);
	if (output->sink)
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
	stats_free(output->stats);
	places_free(output->places);
	decoder_free(output->decoder);
	select_free(output->select);
	flight_free(output->flight);
	free(output->calls);
	btrace_writer_free(output->recorder);
	out_free(&output->out);
	if (output->file >= 0)
		close(output->file);
	free(output);
}
