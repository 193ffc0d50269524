/* SPDX-License-Identifier: BSD-2-Clause */
/* Readings of the system's clocks in one unit, and the time of day as people read it. */
#ifndef USER_BASE_CLOCK_H
#define USER_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "text.h"

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS     1000000u

/* Any clock, in nanoseconds. */
uint64_t clock_ns(clockid_t clock);

/* CLOCK_MONOTONIC, the clock of every event's time_ns: in nanoseconds, and in whole milliseconds for
 * deadlines. */
uint64_t clock_monotonic_ns(void);
uint64_t clock_monotonic_ms(void);

/* What to add to a time of CLOCK_MONOTONIC to get the wall clock's, as both stand now. */
int64_t clock_wall_offset_ns(void);

/* Local time of day of nanoseconds since the epoch, with milliseconds: 22:19:18.909. Adds nothing if the
 * time is outside of what localtime_r() can convert. */
void clock_time_of_day(struct text *t, int64_t wall_ns);

#endif
