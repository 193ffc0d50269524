/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way of a record, once, through all stages in order: the list is STAGES in pipeline.c. At its end stand the tables
 * and a sink; a trace file and the flight recorder leave it before, at the tap, with records as the kernel side wrote
 * them. A new stage is one file with one entry point and a line in the list. For one thread.
 */
#ifndef USER_STAGE_PIPELINE_H
#define USER_STAGE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cause.h"
#include "select.h"
#include "user/event/sink.h"

/* Where the pipeline leads: the caller owns everything here, and keeps it until pipeline_free(). */
struct pipeline_ends {
	struct sink *sink;          /* NULL: no timeline is shown */
	struct summary *summary;    /* NULL: no table of bundles */
	struct file_table *files;   /* NULL: no table of files */
	struct load_table *loads;   /* NULL: no table of loads */
	struct phase_table *phases; /* NULL: no table of phases */
	struct stats *stats;        /* NULL: no durations one by one */

	/* Takes records instead of these three, each with its event (NULL: it only describes something). What it
	 * returns is what pipeline_take() returns. NULL: there is no tap. */
	int (*tap)(void *ctx, const struct event_header *record, unsigned cpu, const struct event *ev);
	void *tap_ctx;

	/* Whether an event counts for max_events and pipeline_events(). NULL: each does. */
	bool (*counts)(const struct event *ev);
};

struct pipeline_options {
	bool raw;           /* records go to the tap undecoded: nothing is selected or counted */
	bool may_open;      /* the files' own headers may be read (places.h) */
	bool maps_followed; /* every call that maps or unmaps is traced (mappings.h) */
	bool count_calls;   /* count the calls that are shown (pipeline_calls) */
	const struct selection *selection; /* kept until pipeline_free() */
	const struct cwd_options *where;   /* for relative paths; used during pipeline_new() only */
	uint64_t max_events;               /* 0: no limit */
	uint64_t tables_only;              /* kinds that are not shown (KIND_BIT) */
	struct cause_options cause;        /* unless there is a tap */
};

struct pipeline;

/* NULL: out of memory. */
struct pipeline *pipeline_new(const struct pipeline_options *options, const struct pipeline_ends *ends);
void pipeline_free(struct pipeline *pipeline);

/* Keeps the pointer: gets each decision on a file or bundle, if any are selected. */
void pipeline_set_decided(struct pipeline *pipeline, const struct select_decided *decided);

/* Takes the next record, in time order, from ring `cpu`. 0; what the tap returned; or -errno: -EBADMSG for a damaged
 * record, else of writing. */
int pipeline_take(struct pipeline *pipeline, const struct event_header *record, unsigned cpu);

/* After the last record: events that were still open come. 0 or -errno. */
int pipeline_end(struct pipeline *pipeline);

/* Records of these kinds (KIND_BIT) are missing before the next one: what they may have changed is forgotten, so that
 * no event gets the path or the names of another file. */
void pipeline_gap(struct pipeline *pipeline, uint64_t kinds);

/* Takes an EVENT_MODEL that has no record. */
void pipeline_tables(struct pipeline *pipeline, const struct event *ev);

/* Events that were shown or given to the tap; whether max_events is reached, so that all further ones are dropped. */
uint64_t pipeline_events(const struct pipeline *pipeline);
bool pipeline_full(const struct pipeline *pipeline);

/* Shown events whose stack was left out. */
uint64_t pipeline_stacks_left_out(const struct pipeline *pipeline);

/* Uses of parts of files that are in no load, for lack of memory. */
uint64_t pipeline_not_inferred(const struct pipeline *pipeline);

/* The calls that were shown, SYSCALL_MAX counts. NULL: count_calls was not asked for. Valid until pipeline_free(). */
const struct call_count *pipeline_calls(const struct pipeline *pipeline);

#endif
