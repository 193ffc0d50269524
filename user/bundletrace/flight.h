/* SPDX-License-Identifier: BSD-2-Clause */
/* The flight recorder: the newest events in memory, written when something happens. */
#ifndef USER_BUNDLETRACE_FLIGHT_H
#define USER_BUNDLETRACE_FLIGHT_H

#include "user/event/event.h"
#include "user/event/sink.h"
#include "options.h"

struct flight;

/* NULL: out of memory. `start` belongs to the caller, until flight_free(). */
struct flight *flight_new(const struct options *options, const struct run_start *start);
void flight_free(struct flight *flight);

/* Takes a record and (or NULL) the event that was decoded from it. 0, or -errno. */
int flight_record(
	struct flight *flight, const struct event_header *record, unsigned cpu, const struct event *ev);

/* A condition of --when has held, and nothing was written since: flight_dump() is due. */
const char *flight_due(const struct flight *flight);

/* Writes what is there as a whole document: to the file of -o, then to FILE.1, FILE.2, ... 0 or -errno; the
 * reason of a file that cannot be opened has been reported. */
int flight_dump(struct flight *flight, const struct run_result *result);

/* The same at the end of the trace. */
int flight_finish(struct flight *flight, const struct run_result *result);

/* Bytes that it holds. */
size_t flight_bytes(const struct flight *flight);

#endif
