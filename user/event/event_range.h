/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a file that an event of the layers below the system calls is about. */
#ifndef USER_EVENT_EVENT_RANGE_H
#define USER_EVENT_EVENT_RANGE_H

#include "event.h"

struct event_range {
	const struct file_ref *file;
	uint64_t start, bytes;
	bool located;              /* `start` is known */
	const struct place *place; /* NULL: not known (yet) */
};

/* False: it is of another layer, and *range is unchanged. */
bool event_range(const struct event *ev, struct event_range *range);

/* Gives it the names of the parts that the range lies in, or NULL. The event refers to them. */
void event_range_name(struct event *ev, const struct place *place);

#endif
