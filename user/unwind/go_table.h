/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of functions in every Go program (pclntab, Go 1.18 and later), which stripping does not remove: the function,
 * the source line and the size of the frame for each address of code. The table is not trusted.
 */
#ifndef USER_UNWIND_GO_TABLE_H
#define USER_UNWIND_GO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cfi.h"

struct go_table {
	const uint8_t *bytes; /* not owned */
	size_t len;
	uint64_t text; /* the linked address that the table's own are relative to */
	uint64_t functions;
	uint64_t names, units, files, values, index; /* offsets of the table's parts */
};

/* Takes a table that stays where it is. `text`: the address of the program's code, for tables that do not have it.
 * False: it is none, or of another version. */
bool go_table_open(struct go_table *table, const void *bytes, size_t len, uint64_t text);

struct go_place {
	const char *function; /* what follows is in the table too */
	const char *file; /* NULL: not known, as where the code of a function in another file was inlined */
	uint32_t line;    /* 0: not known */
};

/* False: the table has no function at the address. */
bool go_table_find(const struct go_table *table, uint64_t address, struct go_place *place);

/* The row to unwind the function's frame with; false: not known. */
bool go_table_row(const struct go_table *table, uint64_t address, struct cfi_row *row);

#endif
