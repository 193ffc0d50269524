/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that keeps only the events on some files and models: -P, --bundle and --model. It comes after
 * decoding and after places.h, so that the files of descriptors and the names of offsets are known.
 *
 * A file is selected if it has the path (a folder selects everything below it), or, on the traced machine,
 * if the path leads to the same inode when the file is opened: links to it are selected too.
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

/* What the options ask for: any of the files and bundles, and of these only the models. */
struct selection {
	struct selection_list paths, bundles, models;
};

enum select_verdict {
	SELECT_OUT,
	SELECT_CONTEXT, /* not selected, but needed for the counts: open and close of a bundle with selected
			   models */
	SELECT_IN,
};

/* Keeps the pointer. False: out of memory. */
bool selection_add(struct selection_list *list, const char *item);

/* True if anything was asked for. */
bool selection_any(const struct selection *selection);

struct select;

/* Gets each decision on a file or bundle, once for each time that it is opened. */
struct select_decided {
	void *ctx;
	void (*file)(void *ctx, const struct file_id *id, bool selected);
	void (*bundle)(void *ctx, uint32_t pid, uint64_t bundle, bool selected);
};

/* Keeps the pointer. With a selection of models only, there is nothing to decide. */
void select_set_decided(struct select *select, const struct select_decided *decided);

/* The selection must outlive it. NULL: out of memory. */
struct select *select_new(const struct selection *selection, const struct cwd_options *where);
void select_free(struct select *select);

/* Call it with every event, in order, after places_name(). */
enum select_verdict select_event(struct select *select, const struct event *ev);

#endif
