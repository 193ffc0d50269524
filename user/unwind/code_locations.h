/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in code: what is known of an address in a file, found out once. */
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
	uint32_t id; /* of the first of its frames, then they are numbered on; 0: not told yet */
	enum row_state row_state;
	struct cfi_row row;
	unsigned source_count;  /* 0: not asked for yet */
	struct source *sources; /* NULL with a count: of one, of which nothing is known */
	UT_hash_handle hh;
};

struct code_locations;

struct code_locations *code_locations_new(void);
void code_locations_free(struct code_locations *locations);

/* NULL: out of memory, or there are too many. */
struct code_location *code_locations_get(
	struct code_locations *locations, const struct address_space *space, uint64_t address);

/* In a file. */
bool code_location_is_code(const struct code_location *location);
/* NULL: there is none. */
const struct cfi_row *code_location_cfi(struct code_location *location);
/* At least one. */
unsigned code_location_sources(struct code_location *location);
/* Its innermost line is known. */
bool code_location_has_line(struct code_location *location);
/* In the program, or in a library of its own: not in the language's runtime. */
bool code_location_is_own(const struct code_location *location);

#endif
