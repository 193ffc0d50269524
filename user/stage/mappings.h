/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The regular files that processes have mapped, so that calls on addresses (madvise, msync, mlock, mincore
 * ...) can be shown as calls on files. Followed through the calls that map and unmap. A process whose start
 * was not traced is read from its /proc/PID/maps when it is first needed.
 */
#ifndef USER_STAGE_MAPPINGS_H
#define USER_STAGE_MAPPINGS_H

#include "user/calls/extent.h"

struct mappings;

/* live: /proc is that of the traced machine, now. followed: every mmap, munmap and mremap is traced; if not, and live, a
 * process's mappings are read again, at most every 10 ms. NULL: out of memory. */
struct mappings *mappings_new(bool live, bool followed);
void mappings_free(struct mappings *m);

/* Forgets what is mapped; it is read from /proc again if that is live. */
void mappings_forget(struct mappings *m);

/* Call it with every event of the system-call and process layers, in order, after mappings_extent(). */
void mappings_take(struct mappings *m, const struct event *ev);

/* The part of a file that a call on addresses applies to. Fills `file`, which the extent then points to;
 * its path is valid until the next event. False: not such a call, it failed, or no file is known to be
 * mapped there. */
bool mappings_extent(
	struct mappings *m, const struct event *ev, struct file_ref *file, struct extent *extent);

/* Where in a file an address of the event's process lies: its page. False: the file with this number is not known to be
 * mapped there. */
bool mappings_page(
	struct mappings *m, const struct event *ev, uint64_t address, uint64_t ino, uint64_t *offset);

#endif
