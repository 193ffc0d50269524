/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The -e option: which system calls and which cache events are wanted.
 *
 *   [trace=]ITEM,...   ITEM: a call's name or number, a class (file, %file, ...), /regex/, all, none
 *   app=ITEM,...       ITEM: open hit miss load evict prefetch error close policy, /regex/, all, none
 *   layer=ITEM,...     ITEM: uring, /regex/, all, none. Unless given, requests of io_uring are wanted where the call
 *                      io_uring_enter is.
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

/* Layers below the system calls. */
enum filter_layer { FILTER_URING, FILTER_LAYERS };

struct filter {
	bool wanted[SYSCALL_MAX];   /* by number; with `all` also numbers without a name */
	uint32_t app;               /* FILTER_APP() of the wanted cache events */
	bool layers[FILTER_LAYERS]; /* as they were given */
	bool trace_given, app_given, layer_given;
};

/* Everything is wanted. */
void filter_init(struct filter *f);

/* Applies one -e argument. False if something is wrong with it: `error` then says what, printable and without a
 * newline, and f is unchanged. */
bool filter_parse(struct filter *f, const char *spec, struct text *error);

/* True if cache events of that kind are wanted; false for kinds of other layers. */
static inline bool filter_wants_app(const struct filter *f, unsigned kind)
{
	return KIND_IS_PROBE(kind) && (f->app & FILTER_APP(kind));
}

/* True if requests of io_uring are wanted. */
bool filter_wants_uring(const struct filter *f);

/* True if any system call is wanted. */
bool filter_any_call(const struct filter *f);

#endif
