/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes have mapped to execute, at any moment of the timeline: told by the kernel as it changes, and
 * read from /proc where a process ran before.
 */
#ifndef USER_UNWIND_SPACES_H
#define USER_UNWIND_SPACES_H

#include "modules.h"

struct spaces;
struct space;

/* What processes do from here on is seen: all of the machine's, or those that come of one that has one thread
 * (`of`; 0: all). `modules` is kept. NULL: errno. */
struct spaces *spaces_new(struct modules *modules, pid_t of);
void spaces_free(struct spaces *spaces);

/* Becomes readable when spaces_advance() is to be called, so that nothing is missed. */
int spaces_fd(const struct spaces *spaces);

/* Brings all up to that time, which must not go back: what was mapped then is there, what was mapped later is
 * not. */
void spaces_advance(struct spaces *spaces, uint64_t time_ns);

/* A process's; valid until the next spaces_advance(). NULL: out of memory. */
struct space *spaces_find(struct spaces *spaces, pid_t pid);

/* What an address stands for; false: nothing that is known. Changes in the space's mappings change `version`. */
bool space_look(const struct space *space, uint64_t address, struct module **module, uint64_t *file_offset);
uint64_t space_version(const struct space *space);

#endif
