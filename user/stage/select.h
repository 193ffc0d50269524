/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that keeps the events on some files and models only: -P, --bundle and --model. It stands behind
 * decoding, so that it knows what a descriptor and an offset stand for.
 *
 * A file is the one meant if it has the path (a folder means all below it) or, on the machine of the trace,
 * if the path is that of this inode when the file is opened: then a link to it is meant too.
 */
#ifndef USER_STAGE_SELECT_H
#define USER_STAGE_SELECT_H

#include <stdbool.h>

#include "cwd.h"
#include "user/event/event.h"

struct selection_list {
	const char **items; /* the caller's strings */
	unsigned count;
};

/* As the options have it. Files and bundles add up; models narrow that down. */
struct selection {
	struct selection_list paths, bundles, models;
};

enum select_verdict {
	SELECT_OUT,
	SELECT_CONTEXT, /* not asked for, but the counts of what was asked for need it: open and close of a
			   bundle whose models are */
	SELECT_IN,
};

/* False: out of memory. */
bool selection_add(struct selection_list *list, const char *item);
bool selection_any(const struct selection *selection);

struct select;

/* NULL: out of memory. */
struct select *select_new(const struct selection *selection, const struct cwd_options *where);
void select_free(struct select *select);

/* To be called with every event, in their order, once its place is known. */
enum select_verdict select_event(struct select *select, const struct event *ev);

#endif
