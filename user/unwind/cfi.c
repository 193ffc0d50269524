/* SPDX-License-Identifier: BSD-2-Clause */
#include "cfi.h"

#include <dwarf.h>
#include <stdlib.h>

/* register + offset, in one of its two spellings. */
static bool is_register(const Dwarf_Op *op, struct cfi_place *place)
{
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31) {
		place->reg = (uint8_t)(op->atom - DW_OP_breg0);
		place->offset = (int32_t)op->number;
	} else if (op->atom == DW_OP_bregx) {
		place->reg = (uint8_t)op->number;
		place->offset = (int32_t)op->number2;
	} else {
		return false;
	}
	return place->reg < REGS;
}

/* A plain rule is one operation; the kernel's and libc's signal frames dereference it. Others are those of
 * the linkage tables, which call nothing. */
static bool take_frame(Dwarf_Frame *frame, struct cfi_place *place)
{
	Dwarf_Op *ops;
	size_t count;
	if (dwarf_frame_cfa(frame, &ops, &count) || count < 1 || count > 2 || !is_register(&ops[0], place) ||
		(count == 2 && ops[1].atom != DW_OP_deref))
		return false;
	place->kind = count == 1 ? CFI_REG : CFI_AT_REG;
	return true;
}

/* libdw hands expressions out with the frame's address pushed before them. */
static void take_register(Dwarf_Frame *frame, int reg, struct cfi_place *place)
{
	Dwarf_Op memory[3], *ops;
	size_t count;
	place->kind = CFI_UNDEFINED;
	if (dwarf_frame_register(frame, reg, memory, &ops, &count))
		return;
	if (count == 0) {
		place->kind = ops ? CFI_UNDEFINED : CFI_SAME;
		return;
	}
	bool framed = ops[0].atom == DW_OP_call_frame_cfa;
	if (framed && count == 1) {
		place->kind = CFI_AT_FRAME;
	} else if (framed && count == 2 && ops[1].atom == DW_OP_plus_uconst) {
		place->kind = CFI_AT_FRAME;
		place->offset = (int32_t)ops[1].number;
	} else if (count == 1u + framed && is_register(&ops[framed], place)) {
		place->kind = CFI_AT_REG;
	} else if (count == 1 && ops[0].atom == DW_OP_regx && ops[0].number < REGS) {
		place->kind = CFI_REG;
		place->reg = (uint8_t)ops[0].number;
	}
}

bool cfi_rule_at(Dwarf_CFI *cfi, Dwarf_Addr address, struct cfi_rule *rule)
{
	Dwarf_Frame *frame;
	if (dwarf_cfi_addrframe(cfi, address, &frame))
		return false;
	*rule = (struct cfi_rule){ .signal = false };
	bool taken = dwarf_frame_info(frame, NULL, NULL, &rule->signal) == REG_RETURN &&
		     take_frame(frame, &rule->frame);
	for (int reg = 0; taken && reg < REGS; reg++)
		take_register(frame, reg, &rule->regs[reg]);
	free(frame);
	return taken;
}
