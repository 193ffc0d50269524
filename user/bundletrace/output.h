/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a trace goes: the sink of the chosen format, and the tables. */
#ifndef BUNDLETRACE_OUTPUT_H
#define BUNDLETRACE_OUTPUT_H

#include "../common/sink.h"
#include "options.h"

struct output;

/* Opens what the options ask for. NULL: reported. */
struct output *output_open(const struct options *options, const struct run_start *start);

/* 0, or -errno of writing. */
int output_event(struct output *output, const struct event *ev);
int output_flush(struct output *output);

/* Writes what comes at the end; result->summary is filled in here. */
int output_finish(struct output *output, struct run_result *result);

void output_close(struct output *output);

#endif
