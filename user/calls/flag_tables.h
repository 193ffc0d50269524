/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of flags and constants: for each symbolic argument type, which bits are a value and which are
 * flags. */
#ifndef USER_CALLS_FLAG_TABLES_H
#define USER_CALLS_FLAG_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "arg_types.h"

struct symbol {
	uint64_t value;
	const char *name; /* NULL ends a list */
};

/* The bits in `mask` are one value, the others are flags. A plain constant has a mask of all ones, plain flags
 * have a mask of zero. */
struct symbols {
	uint64_t mask;
	const struct symbol *values;
	const struct symbol *flags; /* those of several bits come first; value 0 names the empty set */
	bool wide;                  /* the kernel uses all 64 bits of the register */
	bool value_last;            /* clone: flags|SIGCHLD */
	bool value_optional;        /* the bits are flags unless they are one of the values: MS_MGC_VAL */
	bool value_shown;           /* the value prints even if it is 0: a length */
	bool numbered;              /* the number prints first, its names in a comment */
	bool decimal;               /* that number is a signed one of 32 bits in base 10 */
	bool hex;                   /* an unknown value prints as hex */
	bool permissions;           /* the value is one of nine bits in base 8 */
	uint8_t shift; /* with shift_name: six bits from here on are a number: 21<<MAP_HUGE_SHIFT */
	const char *shift_name;
	const char *unknown_value; /* the same for the value alone, where it differs */
	const char *unknown; /* what a comment calls unknown values and bits, "O_???"; NULL: no comment */
};

/* Indexed by type - ARG_SYMBOLS. */
extern const struct symbols flag_tables[ARG_TYPES - ARG_SYMBOLS];

#endif
