/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a long command is: one line on standard error, if that is a terminal, gone when the command is
 * done. */
#ifndef USER_BUNDLECTL_METER_H
#define USER_BUNDLECTL_METER_H

#include <stdbool.h>
#include <stdint.h>

struct meter {
	const char *what;
	uint64_t total, done;
	uint64_t next_ns; /* when to write again; 0: never */
	bool shown;
};

void meter_start(struct meter *m, const char *what, uint64_t total);
void meter_add(struct meter *m, uint64_t bytes);
/* Before anything else is written to the terminal. */
void meter_hide(struct meter *m);
/* That, for good. */
void meter_clear(struct meter *m);

#endif
