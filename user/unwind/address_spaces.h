/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The executable mappings of processes at any moment of the timeline. Changes come from the kernel
 * (code_maps.h); what a process had mapped before is read from /proc.
 */
#ifndef USER_UNWIND_ADDRESS_SPACES_H
#define USER_UNWIND_ADDRESS_SPACES_H

#include "modules.h"
#include "perf_map.h"

struct address_spaces;
struct address_space;

/* Starts to record changes: of every process of the machine (`of` 0), or of process `of`, which has one
 * thread, and its descendants. `modules` has to live longer. NULL: errno. */
struct address_spaces *address_spaces_new(struct modules *modules, pid_t of);
void address_spaces_free(struct address_spaces *spaces);

/* Becomes readable when address_spaces_advance() has to be called, before changes are lost. */
int address_spaces_fd(const struct address_spaces *spaces);

/* Applies every change up to that time (CLOCK_MONOTONIC), which must not go back. Later ones wait. */
void address_spaces_advance(struct address_spaces *spaces, uint64_t time_ns);

/* The address space of a process; valid until the next address_spaces_advance(). NULL: out of memory. */
struct address_space *address_spaces_find(struct address_spaces *spaces, pid_t pid);

/* The file that is mapped at an address, and the offset in it; false: none that is known. */
bool address_space_find(
	const struct address_space *space, uint64_t address, struct module **module, uint64_t *file_offset);
/* The function that was generated at an address in no file; NULL: not known. Valid until the next call. */
const struct perf_symbol *address_space_generated(struct address_space *space, uint64_t address);
/* A number that no other space has. */
uint64_t address_space_id(const struct address_space *space);
/* A number that no other space has, and that every change of the mappings changes. */
uint64_t address_space_version(const struct address_space *space);

#endif
