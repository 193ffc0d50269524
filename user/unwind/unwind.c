/* SPDX-License-Identifier: BSD-2-Clause */
#include "unwind.h"

#include <string.h>

#define BIT(reg) (1u << (reg))

bool unwind_start(struct unwind *u, const struct event_user_stack *record)
{
	size_t behind = record->head.size - sizeof(*record);
	if (record->head.size < sizeof(*record) || record->bytes > behind ||
		(record->frames &&
			(record->bytes > record->room || record->room + 8u * record->frames > behind)))
		return false;
	*u = (struct unwind){ .stack = record->stack, .stack_at = record->sp, .bytes = record->bytes };
	u->regs[REG_BX] = record->bx;
	u->regs[REG_BP] = record->bp;
	u->regs[REG_SP] = record->sp;
	u->regs[REG_R12] = record->r12;
	u->regs[REG_R12 + 1] = record->r13;
	u->regs[REG_R12 + 2] = record->r14;
	u->regs[REG_R15] = record->r15;
	u->regs[REG_RETURN] = record->ip;
	u->known = BIT(REG_BX) | BIT(REG_BP) | BIT(REG_SP) | BIT(REG_R12) | BIT(REG_R12 + 1) |
		   BIT(REG_R12 + 2) | BIT(REG_R15) | BIT(REG_RETURN);
	return true;
}

static bool read_word(const struct unwind *u, uint64_t address, uint64_t *word)
{
	uint64_t at = address - u->stack_at;
	if (address < u->stack_at || u->bytes < sizeof(*word) || at > u->bytes - sizeof(*word))
		return false;
	memcpy(word, u->stack + at, sizeof(*word));
	return true;
}

/* The value that a rule recovers; `frame` is the CFA. False: not known. */
static bool value_of(const struct unwind *u, const struct cfi_rule *rule, uint64_t frame, uint64_t *value)
{
	uint64_t offset = (uint64_t)(int64_t)rule->offset;
	switch (rule->kind) {
	case CFI_AT_FRAME:
		return read_word(u, frame + offset, value);
	case CFI_AT_REG:
		return u->known & BIT(rule->reg) && read_word(u, u->regs[rule->reg] + offset, value);
	case CFI_REG:
		*value = u->regs[rule->reg] + offset;
		return u->known & BIT(rule->reg);
	}
	return false;
}

enum unwind_end unwind_step(struct unwind *u, const struct cfi_row *row)
{
	struct unwind caller = *u;
	uint64_t frame;
	if (row->regs[REG_RETURN].kind == CFI_UNDEFINED)
		return UNWIND_OUTERMOST;
	if (!value_of(u, &row->frame, 0, &frame) || (frame <= u->regs[REG_SP] && !row->signal))
		return UNWIND_LOST;
	for (int reg = 0; reg < REGS; reg++) {
		if (row->regs[reg].kind == CFI_SAME)
			continue;
		caller.known &= ~BIT(reg);
		if (value_of(u, &row->regs[reg], frame, &caller.regs[reg]))
			caller.known |= BIT(reg);
	}
	/* the CFA is the stack pointer before the call, except that a signal frame has saved one */
	if (!row->signal || !(caller.known & BIT(REG_SP)))
		caller.regs[REG_SP] = frame;
	caller.known |= BIT(REG_SP);
	if (!(caller.known & BIT(REG_RETURN)))
		return UNWIND_LOST;
	*u = caller;
	return u->regs[REG_RETURN] ? UNWIND_ON : UNWIND_OUTERMOST;
}

enum unwind_end unwind_step_fp(struct unwind *u)
{
	uint64_t bp = u->regs[REG_BP], saved, back;
	if (!(u->known & BIT(REG_BP)) || bp < u->regs[REG_SP] || !read_word(u, bp, &saved) ||
		!read_word(u, bp + 8, &back))
		return UNWIND_LOST;
	u->regs[REG_BP] = saved;
	u->regs[REG_SP] = bp + 16;
	u->regs[REG_RETURN] = back;
	u->known = BIT(REG_BP) | BIT(REG_SP) | BIT(REG_RETURN);
	return back ? UNWIND_ON : UNWIND_OUTERMOST;
}

enum unwind_end unwind_step_trampoline(struct unwind *u)
{
	bool pushed = u->known & BIT(REG_BP) && u->regs[REG_BP] == u->regs[REG_SP];
	struct cfi_row row = { .frame = { .kind = CFI_REG, .reg = REG_SP, .offset = 16 } };
	for (int reg = 0; reg < REGS; reg++)
		row.regs[reg].kind = CFI_SAME;
	row.regs[REG_RETURN] = (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -8 };
	if (pushed)
		row.regs[REG_BP] = (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -16 };
	return unwind_step(u, &row);
}
