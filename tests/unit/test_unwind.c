/* SPDX-License-Identifier: BSD-2-Clause */
/* From frame to frame on a made stack; and what is mapped where, as processes come, go and map. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/unwind/address_spaces.h"
#include "user/unwind/unwind.h"

#define SP 0x7ffe0000

/* A record with this stack, in memory of just its size. */
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

/* A frame of so many bytes below the return address, which has saved the frame pointer under it if so. */
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
	ck_assert_int_eq(unwind_step(&u, &last), UNWIND_LOST); /* the memory is not here */
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

/* Rules and registers that mean nothing lead nowhere, and never out of the copy. */
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
	r->bytes = 1000; /* more than there is */
	ck_assert(!unwind_start(&u, r));
	r->bytes = 8;
	r->room = 16;
	r->frames = 100;
	ck_assert(!unwind_start(&u, r));
	free(r);
}
END_TEST

/* This process, as /proc has it: this very function is in the program, and has a rule and a line. */
START_TEST(own_space)
{
	struct modules *modules = modules_new(false);
	struct address_spaces *spaces = address_spaces_new(modules, 0);
	struct module *module;
	uint64_t offset, here = (uintptr_t)own_space_fn;
	struct source sources[SOURCES_MAX];
	struct cfi_row found;
	ck_assert_ptr_nonnull(spaces);
	struct address_space *space = address_spaces_find(spaces, getpid());
	ck_assert_ptr_nonnull(space);
	ck_assert(address_space_find(space, here, &module, &offset));
	ck_assert(!address_space_find(space, 8, &module, &offset));
	ck_assert(!module_is_runtime(module));
	ck_assert_int_ge(module_sources(module, module_address(module, offset), sources), 1);
	ck_assert_str_eq(sources[0].function, "own_space_fn");
	ck_assert_str_eq(sources[0].file, "tests/unit/test_unwind.c");
	ck_assert(module_cfi_row(module, module_address(module, offset), &found));
	ck_assert_int_eq(found.frame.reg, REG_SP);
	ck_assert_int_eq(found.frame.offset, 8);
	ck_assert(
		address_space_find(space, (uintptr_t)getenv, &module, &offset) && module_is_runtime(module));
	for (int i = 0; i < SOURCES_MAX; i++) {
		free(sources[i].function);
		free(sources[i].file);
	}
	address_spaces_free(spaces);
	modules_free(modules);
}
END_TEST

Suite *unwind_suite(void)
{
	Suite *suite = suite_create("unwind");
	TCase *tc = tcase_create("unwind");
	tcase_add_test(tc, by_rules);
	tcase_add_test(tc, by_frame_pointers);
	tcase_add_loop_test(tc, nonsense, 0, 20);
	tcase_add_test(tc, own_space);
	suite_add_tcase(suite, tc);
	return suite;
}
