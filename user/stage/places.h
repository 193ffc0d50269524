/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that names offsets: a read of 500 bytes at 124 is shown as [encoder+0]. The names come from the
 * file's own header (regions.h), which is read when the first call on the file is seen, and again after the
 * file was written or opened again. If the file is gone by then, they come from the cache events: between a
 * miss and its load, a thread reads that model.
 */
#ifndef USER_STAGE_PLACES_H
#define USER_STAGE_PLACES_H

#include "user/event/event.h"

struct places;

/* may_open: headers may be read from the files of this machine. NULL: out of memory. */
struct places *places_new(bool may_open);
void places_free(struct places *places);

/* Call it with every event, in order. Sets ev->call.place of a system call on a part of a file whose names
 * are known; valid until the next call. */
void places_name(struct places *places, struct event *ev);

#endif
