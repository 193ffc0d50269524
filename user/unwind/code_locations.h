/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known about an address of code: its file, its CFI row and its source lines, each found once. */
#ifndef USER_UNWIND_CODE_LOCATIONS_H
#define USER_UNWIND_CODE_LOCATIONS_H

#include <uthash.h>

#include "address_spaces.h"

enum row_state { ROW_NOT_ASKED, ROW_KNOWN, ROW_NONE };

struct code_location {
	struct {
		struct module *module; /* NULL: code in no file */
		uint64_t address;      /* as linked; without a module: in memory */
	} key;
	uint32_t id; /* of its first EVENT_FRAME; its other sources have the next ids; 0: not emitted yet */
	enum row_state row_state;
	struct cfi_row row;
	unsigned source_count;  /* 0: not looked up yet */
	struct source *sources; /* NULL with a count of 1: the source is unknown */
	UT_hash_handle hh;
};

struct code_locations;

struct code_locations *code_locations_new(void);
void code_locations_free(struct code_locations *locations);

/* The location of an address of a process. NULL: out of memory, or there are too many. */
struct code_location *code_locations_get(
	struct code_locations *locations, const struct address_space *space, uint64_t address);

/* True if it is in a mapped file. `location` may be NULL. */
bool code_location_is_code(const struct code_location *location);
/* NULL: the file has none for this address. */
const struct cfi_row *code_location_cfi(struct code_location *location);
/* Looks up location->sources; the number of them, at least 1. */
unsigned code_location_sources(struct code_location *location);
/* True if the innermost source line is known. */
bool code_location_has_line(struct code_location *location);
/* True if it is in the program or a library, except those of the language's runtime. */
bool code_location_is_own(const struct code_location *location);

#endif
