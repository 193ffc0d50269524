/* SPDX-License-Identifier: BSD-2-Clause */
#include "cfi.h"

#include <dwarf.h>
#include <stdlib.h>

/* Decodes register + offset, in either encoding. */
static bool is_register(const Dwarf_Op *op, struct cfi_rule *rule)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		rule->reg = (uint8_t)(op->atom - DW_OP_breg0);
		rule->offset = (int32_t)op->number;
	} else if (op->atom == DW_OP_bregx) {
		rule->reg = (uint8_t)op->number;
		rule->offset = (int32_t)op->number2;
	} else {
		return false;
	}
	return rule->reg < REGS;
}

/* The CFA is register + offset, which the signal frames of the kernel and libc also dereference. Longer
 * expressions occur in the PLT only, which makes no calls. */
static bool take_frame(Dwarf_Frame *frame, struct cfi_rule *rule)
{
	Dwarf_Op *ops;
	size_t count;
	if (dwarf_frame_cfa(frame, &ops, &count) || count < 1 || count > 2 || !is_register(&ops[0], rule) ||
		(count == 2 && ops[1].atom != DW_OP_deref))
		return false;
	rule->kind = count == 1 ? CFI_REG : CFI_AT_REG;
	return true;
}

/* libdw returns an expression with the push of the CFA (DW_OP_call_frame_cfa) in front. */
static void take_register(Dwarf_Frame *frame, int reg, struct cfi_rule *rule)
{
	Dwarf_Op memory[3], *ops;
	size_t count;
	rule->kind = CFI_UNDEFINED;
	if (dwarf_frame_register(frame, reg, memory, &ops, &count))
		return;
	if (count == 0) {
		rule->kind = ops ? CFI_UNDEFINED : CFI_SAME;
		return;
	}
	bool framed = ops[0].atom == DW_OP_call_frame_cfa;
	if (framed && count == 1) {
		rule->kind = CFI_AT_FRAME;
	} else if (framed && count == 2 && ops[1].atom == DW_OP_plus_uconst) {
		rule->kind = CFI_AT_FRAME;
		rule->offset = (int32_t)ops[1].number;
	} else if (count == 1u + framed && is_register(&ops[framed], rule)) {
		rule->kind = CFI_AT_REG;
	} else if (count == 1 && ops[0].atom == DW_OP_regx && ops[0].number < REGS) {
		rule->kind = CFI_REG;
		rule->reg = (uint8_t)ops[0].number;
	}
}

bool cfi_row_at(Dwarf_CFI *cfi, Dwarf_Addr address, struct cfi_row *row)
{
	Dwarf_Frame *frame;
	if (dwarf_cfi_addrframe(cfi, address, &frame))
		return false;
	*row = (struct cfi_row){ .signal = false };
	bool taken = dwarf_frame_info(frame, NULL, NULL, &row->signal) == REG_RETURN &&
		     take_frame(frame, &row->frame);
	for (int reg = 0; taken && reg < REGS; reg++)
		take_register(frame, reg, &row->regs[reg]);
	free(frame);
	return taken;
}
