/* SPDX-License-Identifier: BSD-2-Clause */
/* Unwinding from frame to frame in the copied part of a stack. */
#ifndef USER_UNWIND_UNWIND_H
#define USER_UNWIND_UNWIND_H

#include <stddef.h>

#include "bpf/events.h"
#include "cfi.h"

struct unwind {
	uint64_t regs[REGS]; /* of the frame; REG_RETURN: the address its code continues at */
	uint32_t known;      /* a bit for each register whose value is known */
	const char *stack;   /* the copy, not owned */
	uint64_t stack_at;   /* the address of its first byte in the process */
	size_t bytes;
};

/* Starts with the registers of a record, which has to stay. False: the record's sizes do not fit. */
bool unwind_start(struct unwind *u, const struct event_user_stack *record);

enum unwind_end { UNWIND_ON, UNWIND_OUTERMOST, UNWIND_LOST };

/* Steps to the caller's frame, by a CFI row or by the frame pointer. LOST: the memory that this needs was not
 * copied, or the caller's frame would not be above this one; `u` is then unchanged. */
enum unwind_end unwind_step(struct unwind *u, const struct cfi_row *row);
enum unwind_end unwind_step_fp(struct unwind *u);

/* Steps out of a trampoline of CPython (-X perf), in which it has pushed 8 bytes, in some versions rbp. */
enum unwind_end unwind_step_trampoline(struct unwind *u);

#endif
