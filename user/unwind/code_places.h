/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in code: what is known of an address in a file, found out once. */
#ifndef USER_UNWIND_CODE_PLACES_H
#define USER_UNWIND_CODE_PLACES_H

#include <uthash.h>

#include "spaces.h"

enum rule_state { RULE_NOT_ASKED, RULE_KNOWN, RULE_NONE };

struct code_place {
	struct {
		struct module *module; /* NULL: code in no file */
		uint64_t address;      /* as linked; without a module: in memory */
	} key;
	uint32_t id; /* of the first of its frames, then they are numbered on; 0: not told yet */
	enum rule_state rule_state;
	struct cfi_rule rule;
	unsigned source_count;  /* 0: not asked for yet */
	struct source *sources; /* NULL with a count: of one, of which nothing is known */
	UT_hash_handle hh;
};

struct code_places;

struct code_places *code_places_new(void);
void code_places_free(struct code_places *places);

/* NULL: out of memory, or there are too many. */
struct code_place *code_place_at(struct code_places *places, const struct space *space, uint64_t address);

/* In a file. */
bool code_place_is_code(const struct code_place *place);
/* NULL: there is none. */
const struct cfi_rule *code_place_rule(struct code_place *place);
/* At least one. */
unsigned code_place_sources(struct code_place *place);
/* Its innermost line is known. */
bool code_place_has_line(struct code_place *place);
/* In the program, or in a library of its own: not in the language's runtime. */
bool code_place_is_own(const struct code_place *place);

#endif
