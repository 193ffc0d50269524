/* SPDX-License-Identifier: BSD-2-Clause */
/* From frame to frame on a constructed stack. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/unwind/unwind.h"

#define SP 0x7ffe0000

/* A record with this stack, in memory of exactly its size. */
static struct event_user_stack *record(const uint64_t *words, unsigned count, uint64_t bp)
{
	size_t bytes = count * sizeof(*words), size = sizeof(struct event_user_stack) + bytes;
	struct event_user_stack *r = calloc(1, size);
	ck_assert_ptr_nonnull(r);
	r->head.size = (uint16_t)size;
	r->ip = 0x401000;
	r->sp = SP;
	r->bp = bp;
	r->bytes = (uint16_t)bytes;
	memcpy(r->stack, words, bytes);
	return r;
}

/* A frame of this many bytes below the return address, with the saved frame pointer under it if so. */
static struct cfi_row row(int bytes, bool saves_bp)
{
	struct cfi_row r = { .frame = { .kind = CFI_REG, .reg = REG_SP, .offset = bytes + 8 } };
	for (int reg = 0; reg < REGS; reg++)
		r.regs[reg].kind = CFI_SAME;
	r.regs[REG_RETURN] = (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -8 };
	if (saves_bp)
		r.regs[REG_BP] = (struct cfi_rule){ .kind = CFI_AT_FRAME, .offset = -16 };
	return r;
}

START_TEST(by_rules)
{
	const uint64_t words[] = { 0xb1, 0x402000, 1, 2, 0xb2, 0x403000 };
	struct event_user_stack *r = record(words, 6, 0xb0);
	struct cfi_row first = row(8, true), second = row(24, true), last = row(0, false);
	struct unwind u;
	ck_assert(unwind_start(&u, r));
	ck_assert_int_eq(unwind_step(&u, &first), UNWIND_ON);
	ck_assert_uint_eq(u.regs[REG_RETURN], 0x402000);
	ck_assert_uint_eq(u.regs[REG_BP], 0xb1);
	ck_assert_uint_eq(u.regs[REG_SP], SP + 16);
	ck_assert_int_eq(unwind_step(&u, &second), UNWIND_ON);
	ck_assert_uint_eq(u.regs[REG_RETURN], 0x403000);
	ck_assert_uint_eq(u.regs[REG_BP], 0xb2);
	struct unwind before = u;
	ck_assert_int_eq(unwind_step(&u, &last), UNWIND_LOST); /* the memory is not copied */
	ck_assert_mem_eq(&u, &before, sizeof(u));
	last.regs[REG_RETURN].kind = CFI_UNDEFINED;
	ck_assert_int_eq(unwind_step(&u, &last), UNWIND_OUTERMOST);
	free(r);
}
END_TEST

START_TEST(by_frame_pointers)
{
	const uint64_t words[] = { 9, SP + 32, 0x402000, 9, 0, 0x403000 };
	struct event_user_stack *r = record(words, 6, SP + 8);
	struct unwind u;
	ck_assert(unwind_start(&u, r));
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_ON);
	ck_assert_uint_eq(u.regs[REG_RETURN], 0x402000);
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_ON);
	ck_assert_uint_eq(u.regs[REG_RETURN], 0x403000);
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_LOST); /* downwards */
	free(r);
}
END_TEST

/* Meaningless rules and registers end the unwinding, and never read outside the copy. */
START_TEST(nonsense)
{
	uint64_t words[16];
	srandom((unsigned)_i + 1);
	for (int i = 0; i < 16; i++)
		words[i] = random() % 2 ? SP + (uint64_t)random() % 200 : (uint64_t)random() << 33;
	struct event_user_stack *r = record(words, 16, SP + (uint64_t)random() % 160);
	struct unwind u;
	ck_assert(unwind_start(&u, r));
	for (int steps = 0; steps < 1000; steps++) {
		struct cfi_row any = { .signal = random() % 4 == 0 };
		for (int reg = 0; reg < REGS; reg++)
			any.regs[reg] = (struct cfi_rule){ (int32_t)(random() % 400 - 200),
				(uint8_t)(random() % 5), (uint8_t)(random() % REGS) };
		any.frame = any.regs[random() % REGS];
		if (unwind_step(&u, &any) != UNWIND_ON && unwind_step_fp(&u) != UNWIND_ON)
			ck_assert(unwind_start(&u, r));
	}
	r->bytes = 1000; /* more than there are */
	ck_assert(!unwind_start(&u, r));
	r->bytes = 8;
	r->room = 16;
	r->frames = 100;
	ck_assert(!unwind_start(&u, r));
	free(r);
}
END_TEST

/* ---- bounds ---- */

/* A record is read up to its last byte, and not beyond. */
START_TEST(whole_records)
{
	const uint64_t words[] = { 1, 2, 3, 4 };
	struct event_user_stack *r = record(words, 4, 0);
	struct unwind u;
	ck_assert(unwind_start(&u, r)); /* everything after the head is stack */
	r->bytes = 33;
	ck_assert(!unwind_start(&u, r));
	r->bytes = r->room = 16;
	r->frames = 2; /* two words of stack, two return addresses */
	ck_assert(unwind_start(&u, r));
	r->bytes = 17;
	ck_assert(!unwind_start(&u, r));
	r->bytes = 16;
	r->frames = 3;
	ck_assert(!unwind_start(&u, r));
	r->frames = 2;
	r->room = 17;
	ck_assert(!unwind_start(&u, r));
	r->head.size = sizeof(*r);
	r->bytes = r->room = r->frames = 0;
	ck_assert(unwind_start(&u, r)); /* registers alone */
	r->head.size--;
	ck_assert(!unwind_start(&u, r));
	free(r);
}
END_TEST

/* A return address is read if all its eight bytes were copied. */
START_TEST(words_of_the_copy)
{
	static const struct {
		unsigned bytes;
		int offset; /* of the return address, from the stack pointer */
		enum unwind_end end;
	} cases[] = {
		{ 16, 0, UNWIND_ON },
		{ 16, 8, UNWIND_ON },
		{ 16, 9, UNWIND_LOST },
		{ 16, 16, UNWIND_LOST },
		{ 16, -1, UNWIND_LOST },
		{ 16, -8, UNWIND_LOST },
		{ 8, 0, UNWIND_ON },
		{ 7, 0, UNWIND_LOST },
		{ 0, 0, UNWIND_LOST },
	};
	const uint64_t words[] = { 0x402000, 0x403000, 0x404000 };
	struct event_user_stack *r = record(words, 3, 0);
	struct cfi_row by = row(0, false);
	struct unwind u;
	r->bytes = (uint16_t)cases[_i].bytes;
	by.regs[REG_RETURN].offset = cases[_i].offset - by.frame.offset;
	ck_assert(unwind_start(&u, r));
	ck_assert_int_eq(unwind_step(&u, &by), cases[_i].end);
	free(r);
}
END_TEST

/* A caller's frame is above that of the function it calls; above a signal frame it may be anywhere. */
START_TEST(frames_go_up)
{
	const uint64_t words[] = { 0x402000, 0x403000 };
	struct event_user_stack *r = record(words, 2, 0);
	struct cfi_row by = row(-8, false);
	struct unwind u;
	by.regs[REG_RETURN].offset = 0;
	ck_assert(unwind_start(&u, r));
	ck_assert_int_eq(unwind_step(&u, &by), UNWIND_LOST); /* the same address as that of the callee */
	by.signal = true;
	ck_assert_int_eq(unwind_step(&u, &by), UNWIND_ON);
	ck_assert_uint_eq(u.regs[REG_SP], SP);
	by = row(-7, false);
	by.regs[REG_RETURN].offset = -1;
	ck_assert_int_eq(unwind_step(&u, &by), UNWIND_ON); /* one byte above */
	free(r);
}
END_TEST

START_TEST(frame_pointers_go_up)
{
	const uint64_t words[] = { SP + 8, 0x402000, 0x403000, SP + 24 };
	struct event_user_stack *r = record(words, 4, SP);
	struct unwind u;
	ck_assert(unwind_start(&u, r));
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_ON); /* at the stack pointer itself */
	ck_assert_uint_eq(u.regs[REG_RETURN], 0x402000);
	ck_assert_uint_eq(u.regs[REG_BP], SP + 8);
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_LOST); /* a word below it, which was copied */
	u.regs[REG_BP] = SP + 16;
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_ON); /* the last two words */
	u.regs[REG_SP] = SP;
	u.regs[REG_BP] = SP + 24;
	ck_assert_int_eq(unwind_step_fp(&u), UNWIND_LOST); /* one word is left */
	free(r);
}
END_TEST

Suite *unwind_suite(void)
{
	Suite *suite = suite_create("unwind");
	TCase *tc = tcase_create("unwind");
	tcase_add_test(tc, by_rules);
	tcase_add_test(tc, by_frame_pointers);
	tcase_add_loop_test(tc, nonsense, 0, 20);
	tcase_add_test(tc, whole_records);
	tcase_add_loop_test(tc, words_of_the_copy, 0, 9);
	tcase_add_test(tc, frames_go_up);
	tcase_add_test(tc, frame_pointers_go_up);
	suite_add_tcase(suite, tc);
	return suite;
}
