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
		uint64_t space;        /* of generated code with a name: its address space; else 0 */
	} key;
	uint32_t id; /* of its first EVENT_FRAME; its other sources have the next ids; 0: not emitted yet */
	enum row_state row_state;
	int8_t weight;       /* of its most telling source; WEIGHT_UNKNOWN: not determined yet */
	uint8_t best_source; /* the index of that one */
	struct cfi_row row;
	bool python;            /* a trampoline of CPython, which has no CFI row */
	unsigned source_count;  /* 0: not looked up yet */
	struct source *sources; /* NULL with a count of 1: the source is unknown */
	UT_hash_handle hh;
};

/* How much a source says about the program: its code_owner, and whether its file is known. */
enum { WEIGHT_UNKNOWN, WEIGHT_NONE, WEIGHT_MOST = 1 + 2 * CODE_OF_PROGRAM + 1 };

struct code_locations;

struct code_locations *code_locations_new(void);
void code_locations_free(struct code_locations *locations);

/* The location of an address of a process. NULL: out of memory, or there are too many. */
struct code_location *code_locations_get(
	struct code_locations *locations, struct address_space *space, uint64_t address);

/* True if it is in a mapped file, or was generated and has a name. `location` may be NULL. */
bool code_location_is_code(const struct code_location *location);
/* NULL: the file has none for this address. */
const struct cfi_row *code_location_cfi(struct code_location *location);
/* Looks up location->sources; the number of them, at least 1. */
unsigned code_location_sources(struct code_location *location);
/* Its weight, from WEIGHT_NONE (the C library and the like) to WEIGHT_MOST; location->best_source is then set: the
 * innermost source with that weight. */
int code_location_weight(struct code_location *location);

#endif
