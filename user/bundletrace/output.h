/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the records of a timeline go: decoded, into the sink of the chosen format and the tables. */
#ifndef USER_BUNDLETRACE_OUTPUT_H
#define USER_BUNDLETRACE_OUTPUT_H

#include <stdbool.h>

#include "user/event/sink.h"
#include "options.h"

struct output;

/* Opens what the options ask for. Options and start belong to the caller, until output_close(). NULL: reported. */
struct output *output_open(const struct options *options, const struct run_start *start);

/* While the output takes nothing, it is asked how long to wait (out.h). */
void output_set_wait(struct output *output, const struct out_wait *wait);

/* The tables are told the library's own counters (EVENT_MODEL). */
void output_counts_live(struct output *output);

/* Takes a record of the timeline, in order, from ring `cpu`. 0, or -errno of writing; or OUTPUT_DUE: a flight
 * recorder is to write now. */
enum { OUTPUT_DUE = 1 };
int output_record(struct output *output, const struct event_header *record, unsigned cpu);
/* Before the next record, records are missing from a recording: as many of each kind (known: else it is not known how
 * many). What they may have changed is forgotten. */
void output_gap(struct output *output, const uint64_t missing[EVENT_KINDS], bool known);
/* Takes an EVENT_MODEL that no record stands for. 0 or -errno. */
int output_event(struct output *output, const struct event *ev);

/* What collects how long calls took; NULL: nobody asks for it. */
struct stats *output_stats(const struct output *output);

/* A flight recorder writes what it holds. Like output_finish(), but the run goes on. */
int output_dump(struct output *output, const struct run_result *result);

/* Keeps the pointer: gets each decision on a file or bundle (-P, --bundle). */
void output_set_decided(struct output *output, const struct select_decided *decided);

/* Events that were shown or recorded; true once they are as many as --max-events wants: the others are
 * dropped. */
uint64_t output_events(const struct output *output);
/* Those of them whose stack was left out. */
uint64_t output_stacks_left_out(const struct output *output);
bool output_full(const struct output *output);

/* Bytes in the file, or held in memory. */
uint64_t output_bytes(const struct output *output);

/* A line about the trace itself, where the output is text for people. 0 or -errno. */
int output_note(struct output *output, const char *note);

int output_flush(struct output *output);

/* Writes what comes at the end; result->summary and result->events are filled in here. */
int output_finish(struct output *output, struct run_result *result);

void output_close(struct output *output);

#endif
