/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line on the terminal that tells how a long recording goes. Only where it is in nobody's way: standard
 * error is a terminal that this process may write to, the tracer writes nothing else there before the end,
 * and the command's standard output goes elsewhere.
 */
#ifndef USER_BUNDLETRACE_PROGRESS_H
#define USER_BUNDLETRACE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

struct progress {
	bool wanted, shown;
	uint64_t start_ns, last_ns; /* last_ns: when it was written last */
	uint64_t last_events;
};

void progress_start(struct progress *progress, const struct options *options, uint64_t now_ns);

/* About twice a second, if it is wanted at all. */
bool progress_due(const struct progress *progress, uint64_t now_ns);

/* `bytes`: of the output, or of what is held in memory. */
void progress_show(
	struct progress *progress, uint64_t now_ns, uint64_t events, uint64_t lost, uint64_t bytes);

/* Before anything else is written there. */
void progress_clear(struct progress *progress);

#endif
