/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How to get from a frame to its caller's: what the call frame information of a file (DWARF 5, section 6.4)
 * says for one address, taken from libdw once and then kept as a few numbers, so that unwinding a stack is a
 * look-up and some additions a frame. x86-64 only.
 */
#ifndef USER_UNWIND_CFI_H
#define USER_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>

#include <elfutils/libdw.h>

/* DWARF's numbers of the registers that a caller finds as they were, and of the return address. */
enum { REG_BX = 3, REG_BP = 6, REG_SP = 7, REG_R12 = 12, REG_R15 = 15, REG_RETURN = 16, REGS = 17 };

enum cfi_kind {
	CFI_UNDEFINED, /* lost; of the return address: this is the outermost frame */
	CFI_SAME,
	CFI_AT_FRAME, /* in memory, at the frame's address (CFA) + offset */
	CFI_AT_REG,   /* in memory, at a register + offset */
	CFI_REG,      /* a register + offset */
};

struct cfi_rule {
	int32_t offset;
	uint8_t kind; /* enum cfi_kind */
	uint8_t reg;
};

struct cfi_row {
	struct cfi_rule frame; /* the CFA: CFI_REG or CFI_AT_REG */
	struct cfi_rule regs[REGS];
	bool signal; /* the frame that a signal handler returns to: its caller did not call */
};

/* For an address as the CFI has them. False: it says nothing, or what is not supported. */
bool cfi_row_at(Dwarf_CFI *cfi, Dwarf_Addr address, struct cfi_row *row);

#endif
