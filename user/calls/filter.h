/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The -e option: which system calls and which cache events are wanted.
 *
 *   [trace=]ITEM,...   ITEM: a call's name or number, a class (file, %file, ...), /regex/, all, none
 *   app=ITEM,...       ITEM: open hit miss load evict prefetch error close policy, /regex/, all, none
 *   layer=ITEM,...     ITEM: a layer below the system calls (FILTER_LAYER_LIST), /regex/, all, none. Unless given, requests
 *                      of io_uring are wanted where the call io_uring_enter is, inferred loads (load) unless trace= is
 *                      given, phases, and nothing of the others.
 *   fault=major|all|none      which page faults; as with layer=, those that are not named stay as they are
 *
 * `!` before an item and `?` before a name: see filter_grammar.h. A later -e of the same kind replaces the earlier one.
 */
#ifndef USER_CALLS_FILTER_H
#define USER_CALLS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/events.h"
#include "user/base/text.h"

#define FILTER_APP(kind) (1u << PROBE_OF_KIND(kind)) /* kind: EVENT_APP_* */
#define FILTER_APP_ALL   ((1u << PROBES_COUNT) - 1)

/* Layers below the system calls: L(ID, word, kind of their events). `memory` has none of its own: it is the system calls of
 * the class memory (mmap, madvise, mlock, ...), whatever trace= says. */
#define FILTER_LAYER_LIST(L)                                                                                 \
	L(URING, uring, EVENT_URING)                                                                         \
	L(LOAD, load, EVENT_INFERRED)                                                                        \
	L(FAULT, fault, EVENT_FAULT)                                                                         \
	L(PAGECACHE, pagecache, EVENT_PAGES)                                                                 \
	L(BLOCK, block, EVENT_BLOCK)                                                                         \
	L(PHASE, phase, EVENT_PHASE) L(MEMORY, memory, EVENT_KINDS) L(SCHED, sched, EVENT_SCHED)

enum filter_layer {
#define FILTER_LAYER(ID, word, kind) FILTER_##ID,
	FILTER_LAYER_LIST(FILTER_LAYER)
#undef FILTER_LAYER
		FILTER_LAYERS
};

enum filter_faults { FAULTS_NONE, FAULTS_MAJOR, FAULTS_ALL };

struct filter {
	bool wanted[SYSCALL_MAX];   /* by number; with `all` also numbers without a name */
	uint32_t app;               /* FILTER_APP() of the wanted cache events */
	bool layers[FILTER_LAYERS]; /* as they were given */
	enum filter_faults faults;
	bool sums_only; /* what is wanted of those layers feeds the tables, and is not shown one by one */
	bool trace_given, app_given;
	bool layer_given, fault_given;
};

/* Everything is wanted. */
void filter_init(struct filter *f);

/* Applies one -e argument. False if something is wrong with it: `error` then says what, printable and without a
 * newline, and f is unchanged. */
bool filter_parse(struct filter *f, const char *spec, struct text *error);

/* After the last -e: adds the calls of the layer memory. False: out of memory. */
bool filter_complete(struct filter *f);

/* True if cache events of that kind are wanted; false for kinds of other layers. */
static inline bool filter_wants_app(const struct filter *f, unsigned kind)
{
	return KIND_IS_PROBE(kind) && (f->app & FILTER_APP(kind));
}

/* True if events of a layer below the system calls are wanted. */
bool filter_wants_layer(const struct filter *f, enum filter_layer layer);

/* True if any of them is but requests of io_uring, phases and calls, which need no hook in the page cache. */
bool filter_wants_lower(const struct filter *f);

/* The layer of the events of a kind. False: it is none of these. */
bool filter_layer_of(unsigned kind, enum filter_layer *layer);

/* The kinds of events that feed the tables and are not shown (KIND_BIT). */
uint64_t filter_tables_only(const struct filter *f);

/* Wants all of them. */
void filter_want_layers(struct filter *f);

/* True if any system call is wanted. */
bool filter_any_call(const struct filter *f);

#endif
