/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the events of a layer are shown: one file for each layer, layer_WORD.c, with what is special to it in text, JSON and
 * CSV. What all events have (time, task, stack, losses) is the sinks' own.
 */
#ifndef USER_SINK_LAYERS_H
#define USER_SINK_LAYERS_H

#include "json_event.h"
#include "user/base/csv.h"
#include "user/base/json.h"
#include "user/event/event.h"

/* What the lines before and the options say of a line of text. */
struct line_style {
	bool durations, colour;
	bool several_bundles; /* a cache event says which bundle */
};

struct layer_view {
	/* Whether an event has a line of text. NULL: each has. */
	bool (*in_text)(const struct event *ev);
	/* The line, without its front and its stack. */
	void (*text)(struct text *t, const struct event *ev, const struct line_style *style);
	/* The fields of the JSON object, each with a comma before it. *args: see json_event(). */
	void (*json)(struct text *t, const struct event *ev, struct json_args *args);
	/* The cells from `name` to `bundle`: nine of them. */
	void (*csv_cells)(struct csv *csv, const struct event *ev);
	/* Pairs of the cell `detail` (pieces.h). */
	void (*csv_detail)(struct text *t, const struct event *ev);
	/* Of layers whose events are drawn as slices that may overlap (below the system calls; NULL: of the others): the short
	 * name of the slice, and what is noted behind it, without the range of the file. NULL: nothing is. */
	void (*name)(struct text *t, const struct event *ev);
	void (*note)(struct text *t, const struct event *ev);
};

#define LAYER_VIEW(ID, word) extern const struct layer_view layer_##word;
LAYERS(LAYER_VIEW)
#undef LAYER_VIEW

const struct layer_view *layer_view(const struct event *ev);

/* Appends what `write`, one of the above, says of an event to a JSON string: it may have names of files and their parts. */
void layer_json_part(
	struct json *j, void (*write)(struct text *t, const struct event *ev), const struct event *ev);

#endif
