/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes have mapped to execute, at any moment of the timeline: told by the kernel as it changes, and
 * read from /proc where a process ran before.
 */
#ifndef USER_UNWIND_ADDRESS_SPACES_H
#define USER_UNWIND_ADDRESS_SPACES_H

#include "modules.h"

struct address_spaces;
struct address_space;

/* What processes do from here on is seen: all of the machine's, or those that come of one that has one thread
 * (`of`; 0: all). `modules` is kept. NULL: errno. */
struct address_spaces *address_spaces_new(struct modules *modules, pid_t of);
void address_spaces_free(struct address_spaces *spaces);

/* Becomes readable when address_spaces_advance() is to be called, so that nothing is missed. */
int address_spaces_fd(const struct address_spaces *spaces);

/* Brings all up to that time, which must not go back: what was mapped then is there, what was mapped later is
 * not. */
void address_spaces_advance(struct address_spaces *spaces, uint64_t time_ns);

/* A process's; valid until the next address_spaces_advance(). NULL: out of memory. */
struct address_space *address_spaces_find(struct address_spaces *spaces, pid_t pid);

/* What an address stands for; false: nothing that is known. Changes in the space's mappings change `version`. */
bool address_space_find(
	const struct address_space *space, uint64_t address, struct module **module, uint64_t *file_offset);
uint64_t address_space_version(const struct address_space *space);

#endif
