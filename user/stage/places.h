/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that names offsets: a read of 500 bytes at 124 is shown as [encoder+0]. The names come from the
 * file's own header (regions.h), which is read when the first call on the file is seen, and again when its size or
 * time of change is another (looked at every 10 ms while the file is used), or after it was opened again. If the file is gone by then, they come from the cache events: between a
 * miss and its load, a thread reads that model.
 */
#ifndef USER_STAGE_PLACES_H
#define USER_STAGE_PLACES_H

#include "user/event/event.h"

struct places;

struct places_options {
	bool may_open;      /* headers may be read from the files of this machine */
	bool maps_followed; /* see mappings_new() */
	/* Gets the names of a file (struct event_names) when they were read, before the event that they are for; the
	 * record is valid during the call. NULL: nobody records them. */
	void (*found)(void *ctx, const struct event_header *names);
	void *found_ctx;
};

/* NULL: out of memory. */
struct places *places_new(const struct places_options *options);
void places_free(struct places *places);

/* Takes names that were recorded (struct event_names). 0; -EBADMSG: it is damaged. */
int places_learn(struct places *places, const struct event_header *names);

/* Records of these kinds (KIND_BIT) are missing before the next event: what they may have changed is forgotten. */
void places_gap(struct places *places, uint64_t kinds);

/* Call it with every event, in order. Sets ev->call.place of a system call on a part of a file whose names
 * are known, and ev->call.mapped of one on addresses; valid until the next call. */
void places_name(struct places *places, struct event *ev);

#endif
