/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line on the terminal that shows the progress of a recording. Only where it disturbs nothing: standard
 * error is a terminal that this process may write to, the tracer prints nothing else there before the end,
 * and the command's standard output goes elsewhere.
 */
#ifndef USER_BUNDLETRACE_PROGRESS_H
#define USER_BUNDLETRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

struct progress {
	bool wanted, shown;
	uint64_t start_ns, last_ns; /* CLOCK_MONOTONIC; last_ns: of the last update */
	uint64_t last_events;
};

/* Decides whether the line is wanted. */
void progress_start(struct progress *progress, const struct options *options, uint64_t now_ns);

/* True about twice a second, if the line is wanted. */
bool progress_due(const struct progress *progress, uint64_t now_ns);

/* `bytes`: in the output file, or held in memory. */
void progress_show(
	struct progress *progress, uint64_t now_ns, uint64_t events, uint64_t lost, uint64_t bytes);

/* Removes the line; to be called before anything else is written to the terminal. */
void progress_clear(struct progress *progress);

#endif
