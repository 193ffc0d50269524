/* SPDX-License-Identifier: BSD-2-Clause */
/* From frame to frame, in what was copied of a stack. */
#ifndef USER_UNWIND_UNWIND_H
#define USER_UNWIND_UNWIND_H

#include <stddef.h>

#include "bpf/events.h"
#include "cfi.h"

struct unwind {
	uint64_t regs[REGS]; /* of the frame; REG_RETURN: where its code goes on */
	uint32_t known;      /* a bit each */
	const char *stack;   /* not owned */
	uint64_t stack_at;
	size_t bytes;
};

/* False: the record is not whole. */
bool unwind_start(struct unwind *u, const struct event_user_stack *record);

enum unwind_end { UNWIND_ON, UNWIND_OUTERMOST, UNWIND_LOST };

/* To the caller's frame, by a rule, or by the frame pointer. LOST: the memory for that is not here, or the
 * rule is nonsense. */
enum unwind_end unwind_step(struct unwind *u, const struct cfi_row *row);
enum unwind_end unwind_step_fp(struct unwind *u);

#endif
