/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress of a long command: one line on stderr, if that is a terminal, erased at the end. */
#ifndef USER_PACKING_METER_H
#define USER_PACKING_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter {
	const char *what;
	uint64_t total, done; /* bytes */
	uint64_t next_ns;     /* CLOCK_MONOTONIC time of the next update; 0: never */
	bool shown;
};

void meter_start(struct meter *m, const char *what, uint64_t total);
void meter_add(struct meter *m, uint64_t bytes);
/* Erases the line; call before anything else is written to the terminal. */
void meter_hide(struct meter *m);
/* Erases the line for good. */
void meter_clear(struct meter *m);

#endif
