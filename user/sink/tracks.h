/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * State that drawing a timeline needs from earlier events: where the slices of each thread may begin so that
 * they nest, the miss that waits for its load, and how much each bundle has in memory. Memory is bounded: past
 * TRACKS_THREADS and TRACKS_BUNDLES the oldest entry is dropped. Times are nanoseconds.
 */
#ifndef USER_SINK_TRACKS_H
#define USER_SINK_TRACKS_H

#include <uthash.h>

#include "user/event/event.h"

enum { TRACKS_THREADS = 16384, TRACKS_BUNDLES = 4096, STRETCHES = 32 };

/* From the start of one system call of a thread to the end of a later one. */
struct stretch {
	uint64_t from, to;
};

struct track {
	uint32_t tid, pid;
	uint64_t last_ns;  /* end of the previous slice: the next system call begins after it */
	uint64_t floor_ns; /* end of the previous load or miss: the next load begins no earlier */
	struct stretch busy[STRETCHES]; /* system calls since floor_ns */
	unsigned busy_count;
	bool missed; /* a miss has no load yet; the next four are about it */
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

/* Returns the thread's track, new (and *made true) if there was none. NULL: out of memory. */
struct track *tracks_get(struct tracks *tracks, uint32_t pid, uint32_t tid, bool *made);
/* Drops the track of a thread that has ended; does nothing if it has none. */
void tracks_end(struct tracks *tracks, uint32_t tid);

/* Records a system call that ended at to_ns; returns where its slice begins. */
uint64_t track_call(struct track *track, uint64_t to_ns, uint64_t duration_ns);

/* Records a miss, a slice of one nanosecond, as waiting for its load. */
void track_miss(struct track *track, uint64_t ns, const struct app_event *app);

/* True, once, if the load answers the thread's last miss. */
bool track_loaded(struct track *track, const struct app_event *app);

/*
 * Records a load whose probe fired at to_ns; returns where its slice begins: its own system calls are inside,
 * all others outside. The probe fires a little after the load's end, so that to_ns - duration_ns would be too
 * late and cut off the first calls.
 */
uint64_t track_load(struct track *track, uint64_t to_ns, uint64_t duration_ns);

/* Updates what the event's bundle has in memory: *bytes. False: the event does not change it, or out of memory. */
bool tracks_resident(struct tracks *tracks, const struct event *ev, uint64_t *bytes);

/* Forgets one bundle of a process that has ended or called exec; *bundle is its id. False: none is left. */
bool tracks_drop(struct tracks *tracks, uint32_t pid, uint64_t *bundle);

#endif
