/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/btrace.h"
#include "../common/chrome_sink.h"
#include "../common/csv_sink.h"
#include "../common/decode.h"
#include "../common/html_sink.h"
#include "../common/json_sink.h"
#include "../common/places.h"
#include "../common/report.h"
#include "../common/summary.h"

struct output {
	struct out out;
	struct btrace_writer *recorder; /* takes the records as they are; or else: */
	struct decoder *decoder;
	struct places *places;
	uint64_t events;
	struct sink *sink;       /* NULL: tables only */
	struct summary *summary; /* NULL: nobody asks for it */
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
		.colour = want_colour(options, output->out.fd),
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
	case FORMAT_CHROME:
		return chrome_sink_new(&output->out, start);
	default:
		return make_spooling(output, options, start);
	}
}

/* Where it goes: a file, standard output for what programs read and where no command needs it, or standard
 * error. */
static int open_file(struct output *output, const struct options *options)
{
	int fd = options->format == FORMAT_TEXT && !options->read ? STDERR_FILENO : STDOUT_FILENO;
	output->file = -1;
	if (options->output) {
		fd = output->file = open(options->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0) {
			report("%s: cannot write: %s (give another file with -o)", printable(options->output),
				strerror(errno));
			return -errno;
		}
	}
	out_init(&output->out, fd);
	return 0;
}

/* What the format needs; false: out of memory, or no place for a temporary file. */
static bool make_stages(struct output *output, const struct options *options, const struct run_start *start)
{
	if (options->format == FORMAT_BTRACE) {
		output->recorder = btrace_writer_new(&output->out, start, options_timed(options));
		return output->recorder;
	}
	bool text = options->format == FORMAT_TEXT;
	output->text = text;
	output->tables = text && options->tables;
	output->decoder = decoder_new();
	/* the files of a recording may have changed since, and may be another machine's */
	output->places = places_new(!options->read);
	if (!text || options->timeline)
		output->sink = make_sink(output, options, start);
	if (!text || options->tables)
		output->summary = summary_new();
	return output->decoder && output->places && (output->sink || (text && !options->timeline)) &&
	       (output->summary || (text && !options->tables));
}

struct output *output_open(const struct options *options, const struct run_start *start)
{
	struct output *output = calloc(1, sizeof(*output));
	if (!output || open_file(output, options)) {
		free(output);
		return NULL;
	}
	if (!make_stages(output, options, start)) {
		report("cannot prepare the output: %s", strerror(errno));
		output_close(output);
		return NULL;
	}
	return output;
}

/* Where an event of the timeline passes everything that is interested in it. */
static int take_event(struct output *output, const struct event *ev)
{
	output->events++;
	if (output->summary)
		summary_event(output->summary, ev);
	return output->sink ? output->sink->event(output->sink, ev) : 0;
}

int output_record(struct output *output, const struct event_header *record, unsigned cpu)
{
	struct event ev;
	if (output->recorder)
		return btrace_write(output->recorder, record, cpu);
	int err = decoder_take(output->decoder, record, cpu, &ev);
	if (err <= 0)
		return err;
	places_name(output->places, &ev);
	return take_event(output, &ev);
}

int output_flush(struct output *output)
{
	return out_flush(&output->out);
}

int output_finish(struct output *output, struct run_result *result)
{
	int err = 0;
	result->summary = output->summary;
	result->events = output->events;
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
	places_free(output->places);
	decoder_free(output->decoder);
	btrace_writer_free(output->recorder);
	out_free(&output->out);
	if (output->file >= 0)
		close(output->file);
	free(output);
}
