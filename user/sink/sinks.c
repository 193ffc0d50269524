/* SPDX-License-Identifier: BSD-2-Clause */
#include "sinks.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "chrome_sink.h"
#include "csv_sink.h"
#include "folded_sink.h"
#include "html_sink.h"
#include "json_sink.h"

static struct sink *make_text(struct out *out, const struct sink_options *options)
{
	return text_sink_new(out, &options->text);
}

static struct sink *make_json(struct out *out, const struct sink_options *options)
{
	return json_sink_new(out, &(struct json_options){ JSON_DOCUMENT, .start = options->start,
					  .spool_dir = options->spool_dir });
}

static struct sink *make_jsonl(struct out *out, const struct sink_options *options)
{
	return json_sink_new(out, &(struct json_options){ JSON_LINES, .start = options->start });
}

static struct sink *make_csv(struct out *out, const struct sink_options *options)
{
	return csv_sink_new(out, options->tables_only ? CSV_TABLES : CSV_EVENTS);
}

static struct sink *make_chrome(struct out *out, const struct sink_options *options)
{
	return chrome_sink_new(out, options->start);
}

static struct sink *make_html(struct out *out, const struct sink_options *options)
{
	return html_sink_new(out, options->start);
}

static struct sink *make_folded(struct out *out, const struct sink_options *options)
{
	(void)options;
	return folded_sink_new(out);
}

const struct sink_format sink_formats[FORMATS] = {
#define SINK(number, ...) [FORMAT_##number] = { __VA_ARGS__ },
#include "sinks.def"
#undef SINK
};

enum format sink_format_named(const char *name)
{
	unsigned i = 0;
	while (i < FORMATS && strcmp(name, sink_formats[i].name) != 0)
		i++;
	return (enum format)i;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);
	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

enum format sink_format_of_file(const char *file)
{
	unsigned i = 0;
	while (i < FORMATS && !(sink_formats[i].ending && ends_with(file, sink_formats[i].ending)))
		i++;
	return (enum format)i;
}

void sink_names_text(struct text *t)
{
	for (unsigned i = 0; i < FORMATS; i++) {
		text_str(t, i == 0 ? "" : i + 1 < FORMATS ? ", " : " or ");
		text_str(t, sink_formats[i].name);
	}
}

void sink_help_text(struct text *t)
{
	for (unsigned i = 0; i < FORMATS; i++)
		text_printf(t, "%s%s (%s)", i ? ", " : "", sink_formats[i].name, sink_formats[i].help);
}

struct sink *sink_new(enum format format, struct out *out, const struct sink_options *options)
{
	struct sink_options all = *options;
	const struct sink_format *row = &sink_formats[format];
	char *copy = row->spools && options->output ? strdup(options->output) : NULL;
	all.spool_dir = copy ? dirname(copy) : NULL;
	struct sink *sink = row->make(out, &all);
	int err = errno;
	free(copy);
	errno = err;
	return sink;
}
