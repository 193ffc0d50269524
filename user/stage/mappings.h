/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes have mapped of regular files, so that calls on addresses (madvise, msync, mlock, mincore
 * ...) can be told as calls on files. Kept from the calls that map and unmap; of a process whose beginning
 * was not seen, from its /proc/PID/maps when it is first asked for.
 */
#ifndef USER_STAGE_MAPPINGS_H
#define USER_STAGE_MAPPINGS_H

#include "user/calls/extent.h"

struct mappings;

struct mappings *mappings_new(bool may_look); /* at /proc. NULL: out of memory */
void mappings_free(struct mappings *m);

/* To be called with every event of the system-call and process layers, in their order, after
 * mappings_extent(). */
void mappings_take(struct mappings *m, const struct event *ev);

/* The bytes of a file that a call on addresses is about. `file` becomes the extent's, valid until the next
 * event; false: it is no such call, it failed, or nothing of a file is known to be there. */
bool mappings_extent(
	struct mappings *m, const struct event *ev, struct file_ref *file, struct extent *extent);

#endif
