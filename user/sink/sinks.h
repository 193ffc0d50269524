/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of output formats. The rows are in sinks.def. */
#ifndef USER_SINK_SINKS_H
#define USER_SINK_SINKS_H

#include "text_sink.h"
#include "user/event/sink.h"

enum format {
#define SINK(name, ...) FORMAT_##name,
#include "sinks.def"
#undef SINK
	FORMATS
};

enum sink_tables {
	TABLES_NONE,    /* there are none */
	TABLES_WITHIN,  /* always there, with the events, whatever -c says */
	TABLES_AFTER,   /* -C: after the events; -c: alone */
	TABLES_INSTEAD, /* -c: alone; the output cannot hold both */
};

/* What a constructor may need; read by sink_new() only. */
struct sink_options {
	const struct run_start *start;
	const char *output;    /* the file that is written to; NULL: standard output or error */
	const char *spool_dir; /* set by sink_new(): where a temporary file goes first; NULL: no such wish */
	bool tables_only;      /* -c, for TABLES_INSTEAD */
	struct text_options text; /* for FORMAT_TEXT */
};

/* A row: see sinks.def. */
struct sink_format {
	const char *name, *ending;
	bool people, spools;
	enum sink_tables tables;
	struct sink *(*make)(struct out *out, const struct sink_options *options);
	const char *help;
};

extern const struct sink_format sink_formats[FORMATS];

/* The format of that name; FORMATS: there is none. */
enum format sink_format_named(const char *name);

/* The format that the ending of a file's name selects; FORMATS: none does. */
enum format sink_format_of_file(const char *file);

/* "text, json or btrace" */
void sink_names_text(struct text *t);

/* "text (default), json (one document)": for --help. */
void sink_help_text(struct text *t);

/* The sink of a format that has one. NULL with errno set: out of memory, or what the sink's own header names. */
struct sink *sink_new(enum format format, struct out *out, const struct sink_options *options);

#endif
