/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Call frame information (DWARF 5, section 6.4): the row of the unwind table for one address. It is taken
 * from libdw once and kept as a few numbers, so that unwinding costs a look-up and some additions a frame.
 * x86-64 only.
 */
#ifndef USER_UNWIND_CFI_H
#define USER_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdw.h>

/* DWARF's numbers of the registers that a function preserves for its caller, and of the return address. */
enum { REG_BX = 3, REG_BP = 6, REG_SP = 7, REG_R12 = 12, REG_R15 = 15, REG_RETURN = 16, REGS = 17 };

enum cfi_kind {
	CFI_UNDEFINED, /* lost; for the return address: this is the outermost frame */
	CFI_SAME,
	CFI_AT_FRAME, /* in memory, at the frame's address (CFA) + offset */
	CFI_AT_REG,   /* in memory, at a register + offset */
	CFI_REG,      /* a register + offset */
};

/* How the caller's value of a register is recovered. */
struct cfi_rule {
	int32_t offset;
	uint8_t kind; /* enum cfi_kind */
	uint8_t reg;
};

struct cfi_row {
	struct cfi_rule frame; /* the CFA: CFI_REG or CFI_AT_REG */
	struct cfi_rule regs[REGS];
	bool signal; /* a signal frame: the code it interrupted made no call */
};

/* The row for an address, counted as the CFI counts. False: there is none, or it holds expressions that are
 * not supported. */
bool cfi_row_at(Dwarf_CFI *cfi, Dwarf_Addr address, struct cfi_row *row);

#endif
