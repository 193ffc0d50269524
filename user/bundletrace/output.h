/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the records of a timeline go: decoded, into the sink of the chosen format and the tables. */
#ifndef BUNDLETRACE_OUTPUT_H
#define BUNDLETRACE_OUTPUT_H

#include "../common/sink.h"
#include "options.h"

struct output;

/* Opens what the options ask for. NULL: reported. */
struct output *output_open(const struct options *options, const struct run_start *start);

/* Takes a record of the timeline, in order, from ring `cpu`. 0, or -errno of writing. */
int output_record(struct output *output, const struct event_header *record, unsigned cpu);
int output_flush(struct output *output);

/* Writes what comes at the end; result->summary and result->events are filled in here. */
int output_finish(struct output *output, struct run_result *result);

void output_close(struct output *output);

#endif
