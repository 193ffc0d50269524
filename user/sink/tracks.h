/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a picture needs to know of the events before: where the slices of each thread may begin so that they
 * nest, the miss that waits for its load, and how much each bundle has in memory. Bounded: the threads and
 * bundles that were seen first are forgotten when there are too many.
 */
#ifndef USER_SINK_TRACKS_H
#define USER_SINK_TRACKS_H

#include <uthash.h>

#include "user/event/event.h"

enum { TRACKS_THREADS = 16384, TRACKS_BUNDLES = 4096, STRETCHES = 32 };

/* Successive system calls of a thread, and the time between them. */
struct stretch {
	uint64_t from, to;
};

struct track {
	uint32_t tid, pid;
	uint64_t last_ns;  /* the end of the slice before: none begins earlier */
	uint64_t floor_ns; /* what the next load cannot contain ends here: the load or miss before it */
	struct stretch busy[STRETCHES]; /* since then */
	unsigned busy_count;
	bool missed; /* and not loaded yet: */
	uint64_t miss_ns, miss_bundle, miss_offset, miss_size;
	UT_hash_handle hh;
};

struct resident {
	struct resident_key {
		uint64_t bundle, pid;
	} key;
	uint64_t bytes;
	UT_hash_handle hh;
};

struct tracks {
	struct track *threads;
	struct resident *bundles;
};

void tracks_free(struct tracks *tracks);

/* The thread's track, made if there is none (*made then); NULL: out of memory. */
struct track *tracks_get(struct tracks *tracks, uint32_t pid, uint32_t tid, bool *made);
void tracks_end(struct tracks *tracks, uint32_t tid);

/* A system call that ended at to_ns: where its slice begins. */
uint64_t track_call(struct track *track, uint64_t to_ns, uint64_t duration_ns);

/* A miss of one nanosecond, which waits for its load. */
void track_miss(struct track *track, uint64_t ns, const struct app_event *app);

/* True if the load is what the thread's last miss waits for; that is over then. */
bool track_loaded(struct track *track, const struct app_event *app);

/*
 * A load that was told at to_ns: where its slice begins, so that its system calls are inside and all others
 * outside. The probe that tells it fires a little after the load's end, so that its duration alone would cut
 * its first calls off.
 */
uint64_t track_load(struct track *track, uint64_t to_ns, uint64_t duration_ns);

/* The bytes that a bundle has in memory after this event; false: the event changes nothing there. */
bool tracks_resident(struct tracks *tracks, const struct event *ev, uint64_t *bytes);

/* Takes one bundle of the process away, which is gone or has become another program; false: none left. */
bool tracks_drop(struct tracks *tracks, uint32_t pid, uint64_t *bundle);

#endif
