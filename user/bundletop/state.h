/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bundles and models of the watched processes. Counts come from the library's counters, read once an interval,
 * and are updated by the events of the rare probes until the next reading; times, reasons and load latencies come
 * from the events. Every output shows these numbers and no others. Memory is bounded: past STATE_BYTES and
 * STATE_BUNDLES new bundles and models are left out, and counted.
 */
#ifndef USER_BUNDLETOP_STATE_H
#define USER_BUNDLETOP_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uthash.h>

#include "user/event/event.h"
#include "user/event/latency.h"
#include "counts.h"

enum {
	STATE_BYTES = 192 << 20, /* for models, names and histograms */
	STATE_BUNDLES = 8192,
	BUNDLE_MODELS = 1 << 18, /* of one bundle */
	HISTORY = 240,           /* intervals */
	LOG_LINES = 1024,
	LOG_NAME = 64,
	NOT_KNOWN = 255 /* hit rate in a history: nothing was requested */
};

#define REASON_UNKNOWN UINT8_MAX /* of an eviction known from the counters alone */

enum residence { ABSENT, LOADING, RESIDENT };

struct model {
	char *name; /* bytes from the process: escape them before printing */
	uint32_t name_len;
	enum residence residence;
	uint64_t size, offset;
	struct cache_counts total, before, last; /* since open; an interval ago; in the last interval */
	struct latency load_ns;
	/* CLOCK_MONOTONIC; 0: never */
	uint64_t left_ns;  /* last eviction known from its counters: the end of that interval */
	uint64_t asked_ns; /* last request or load; hits count at the end of their interval */
	uint64_t loaded_ns;
	uint64_t evicted_ns; /* last eviction, and ... */
	uint8_t reason;      /* ... its reason, as the evict probe has it */
	uint64_t thrash_ns;  /* the eviction for room that preceded the last reload */
	bool evicted;        /* or cleared, since the bundle was opened */
	UT_hash_handle hh;   /* by name */
};

enum bundle_end {
	BUNDLE_OPEN,
	BUNDLE_CLOSED,
	BUNDLE_ENDED
}; /* ENDED: its process ended without closing it */

struct moment {
	uint8_t hit_percent; /* or NOT_KNOWN */
	uint64_t resident;
};

struct thrash {
	unsigned models;   /* evicted for room and requested again within the window */
	uint64_t needed;   /* bytes of the distinct models requested or loaded within the window */
	uint64_t distinct; /* number of these models */
	bool fits; /* the limit is at least `needed`: the evictions had another cause, or it was raised */
};

struct bundle {
	struct bundle_key {
		uint64_t id;
		uint64_t pid;
	} key;
	char comm[16];
	char *path; /* bytes from the process, as a model's name */
	uint64_t address, read_ns;
	uint64_t models_in_file, limit;
	uint64_t resident, resident_models;
	enum bundle_end end;
	uint64_t ended_ns;
	unsigned unlisted; /* consecutive readings without it in the list of open bundles */
	bool listed;       /* in the current reading */
	bool whole;        /* `models` are all of the file's, with their hits */
	bool final;        /* the counts of its models are final: emitted at its end */
	bool crowded;      /* there was no room for some model */
	struct cache_counts total, before, last;
	struct latency load_ns;
	struct model *models;   /* uthash */
	struct model **in_file; /* [models_in_file], in the order of the file; NULL: not read yet */
	struct moment history[HISTORY];
	unsigned moments; /* written so far */
	struct thrash thrash;
	UT_hash_handle hh;
};

#define LOG_STEP UINT16_MAX /* kind of a line: the governor took a step; value: its number */

struct log_line {
	uint64_t time_ns;
	uint32_t pid;
	uint16_t kind;                          /* evict, error, open, close */
	bool thrash;                            /* evict: not the first time within the window */
	uint64_t bundle, size, value, resident; /* value: reason or errno */
	char name[LOG_NAME], path[LOG_NAME];    /* cut; of a path the end */
};

struct state {
	struct bundle *bundles; /* uthash, in the order in which they were found */
	size_t room;
	uint64_t window_ns, now_ns, interval_ns; /* of the last reading */
	uint64_t intervals;
	struct cache_counts last;                /* of all bundles, in the last interval */
	uint64_t resident, limits, open, models; /* of all open bundles */
	unsigned thrashing;                      /* bundles */
	uint64_t left_out;                       /* bundles and models without room */
	struct log_line log[LOG_LINES];
	bool partly;           /* not every event is emitted: thrash is inferred from counters */
	uint64_t logged;       /* lines so far: the last LOG_LINES are kept */
	const char *want_path; /* a pattern for the bundle's path or its last part; NULL: all */
};

struct state *state_new(uint64_t window_ns, const char *want_path); /* NULL: out of memory */
void state_free(struct state *state);

/* Takes an event of the cache; in order of time. */
void state_event(struct state *state, const struct event *ev, const char *comm);

/* Reads the counters of a process whose list of open bundles is at `list`. `born`: all that a new bundle has counted
 * belongs to this interval. 0 or -errno as counters_each_bundle(). */
int state_read(struct state *state, pid_t pid, uint64_t list, const char *comm, bool born);

/* Logs a step of the governor. `partly`: not every event is emitted from here on. */
void state_step(struct state *state, uint64_t time_ns, uint64_t number, bool partly);

/* Adds loads without events, counted by the power of two of their nanoseconds. */
void state_loads(struct state *state, uint64_t pid, uint64_t id, const uint64_t counts[LATENCY_POWERS]);

/* The process has ended, or executed another program: its bundles are gone. */
void state_process_ended(struct state *state, pid_t pid, uint64_t now_ns);

/* NULL: there is no such bundle. */
struct bundle *state_bundle(const struct state *state, uint64_t pid, uint64_t id);

/* An interval: begin, read all processes, end, which computes the differences. */
void state_begin(struct state *state);
void state_end(struct state *state, uint64_t now_ns);

/* Forgets bundles that ended more than `older_ns` ago; call between an output and the next reading. */
void state_forget(struct state *state, uint64_t older_ns);

/* For state_events.c: adds a bundle or finds a model by name, adding it if it is new. NULL: no room, or not wanted. */
struct bundle *state_add_bundle(
	struct state *state, uint64_t pid, uint64_t id, const char *comm, const char *path, size_t path_len);
struct model *bundle_model(struct state *state, struct bundle *bundle, const char *name, size_t len);
void state_drop(struct state *state, struct bundle *bundle);
void bundle_over(struct bundle *bundle, enum bundle_end end, uint64_t now_ns);

const char *residence_word(enum residence residence);
const char *bundle_end_word(enum bundle_end end);

/* How a bundle is, in tables: "THRASH" while it is open and thrashes, else bundle_end_word(). */
const char *bundle_state_word(const struct bundle *bundle);

/* True if it was evicted for room and requested again within the window. */
bool model_thrashes(const struct state *state, const struct model *model);

#endif
