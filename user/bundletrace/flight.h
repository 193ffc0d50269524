/* SPDX-License-Identifier: BSD-2-Clause */
/* The flight recorder: the newest events in memory, written when something happens. */
#ifndef USER_BUNDLETRACE_FLIGHT_H
#define USER_BUNDLETRACE_FLIGHT_H

#include "user/event/event.h"
#include "user/record/timeline.h"
#include "options.h"

struct flight;

/* NULL: out of memory. The options belong to the caller, until flight_free(). */
struct flight *flight_new(const struct options *options);
void flight_free(struct flight *flight);

/* Takes a record and (or NULL) the event that was decoded from it. 0, or -errno. */
int flight_record(
	struct flight *flight, const struct event_header *record, unsigned cpu, const struct event *ev);

/* The condition of --when that has held since the last document was written, as it was given; NULL: none has. _due: NULL
 * also while the last document is less than a second old. */
const char *flight_reason(const struct flight *flight);
const char *flight_due(const struct flight *flight);

/* Gives all records that are held, with their rings, to `put`; ends with its first result that is not 0. */

int flight_each(struct flight *flight, timeline_take put, void *ctx);

/* What is held has been written as a document; the reason is used up. Reports when conditions have asked so often that
 * they are not looked at any more. */
void flight_written(struct flight *flight);
/* The trace ends: what is written now is written for that reason. */
void flight_end(struct flight *flight);

/* Bytes that it holds. */
size_t flight_bytes(const struct flight *flight);

#endif
