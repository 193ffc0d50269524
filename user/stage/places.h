/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that names offsets: a read of 500 bytes at 124 is one of [encoder+0]. The names come from the
 * file's own header (regions.h), which is read when the first call on the file is seen, and again after the
 * file was written or opened once more; and, where the file is gone by then, from the loader's own words:
 * between its miss and its load it reads that model.
 */
#ifndef USER_STAGE_PLACES_H
#define USER_STAGE_PLACES_H

#include "user/event/event.h"

struct places;

/* may_open: headers are read from the files. NULL: out of memory. */
struct places *places_new(bool may_open);
void places_free(struct places *places);

/* To be called with every event, in their order. Sets ev->call.place of a system call that moved or took part
 * of a file that is known so well; valid until the next call. */
void places_name(struct places *places, struct event *ev);

#endif
