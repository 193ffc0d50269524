/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of this process's own stack become frames, stacks and their numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/unwind/stack_resolver.h"

#define COPIED 2048u
#define TID    77u

static _Alignas(8) char memory[sizeof(struct event_user_stack) + COPIED];
static struct event_user_stack *const record = (void *)memory;

/* ---- the stack ---- */

/* Registers and stack as they are in this function, whatever a sanitizer has put between its variables. */
static __attribute__((noinline, no_sanitize("address"))) void innermost(void)
{
	__asm__ volatile(
		"nop\n1: lea 1b(%%rip), %%rax\n mov %%rax, %0\n mov %%rsp, %1\n mov %%rbp, %2\n mov %%rbx, %3\n"
		"mov %%r12, %4\n mov %%r13, %5\n mov %%r14, %6\n mov %%r15, %7"
		: "=m"(record->ip), "=m"(record->sp), "=m"(record->bp), "=m"(record->bx), "=m"(record->r12),
		"=m"(record->r13), "=m"(record->r14), "=m"(record->r15)
		:
		: "rax");
	const volatile uint64_t *sp = (const void *)(uintptr_t)record->sp;
	for (unsigned i = 0; i < COPIED / sizeof(*sp); i++)
		((uint64_t *)(void *)record->stack)[i] = sp[i];
}

static __attribute__((noinline)) void middle(void)
{
	innermost();
	__asm__ volatile(""); /* no tail call */
}

static __attribute__((noinline)) void outer(void)
{
	middle();
	__asm__ volatile("");
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void capture(unsigned probe)
{
	memset(memory, 0, sizeof(memory));
	outer();
	record->head = (struct event_header){ .kind = EVENT_USER_STACK,
		.size = sizeof(memory),
		.pid = (uint32_t)getpid(),
		.tid = TID,
		.time_ns = now_ns() };
	record->bytes = COPIED;
	record->probe = (uint16_t)probe;
}

/* ---- the results ---- */

static struct seen {
	unsigned frame_records, stack_records, others;
	char functions[64][32]; /* of frames, by id */
	struct {
		uint32_t id, count;
		unsigned own, flags;
	} stack; /* the last one */
	uint32_t frames[STACK_FRAMES_MAX];
	uint32_t event_stack; /* of the last event */
} seen;

static int see(void *ctx, const struct event_header *head, unsigned cpu)
{
	(void)ctx;
	ck_assert_uint_eq(cpu, 3);
	if (head->kind == EVENT_FRAME) {
		const struct event_frame *frame = (const void *)head;
		const char *at = frame->strings;
		ck_assert_uint_eq(frame->id, ++seen.frame_records);
		for (unsigned i = 0; i < 2; i++)
			at += frame->string_bytes[i] & (STRING_HERE - 1u);
		if (frame->id < 64)
			snprintf(seen.functions[frame->id], 32, "%.*s",
				(int)(frame->string_bytes[2] & (STRING_HERE - 1u)), at);
	} else if (head->kind == EVENT_STACK) {
		const struct event_stack *stack = (const void *)head;
		seen.stack_records++;
		seen.stack.id = stack->id;
		seen.stack.count = stack->count;
		seen.stack.own = stack->own;
		seen.stack.flags = stack->flags;
		memcpy(seen.frames, stack->frames, stack->count * sizeof(uint32_t));
	} else {
		seen.others++;
		seen.event_stack = ((const struct event_syscall *)(const void *)head)->stack;
	}
	return 0;
}

static struct stack_resolver *resolver;

/* False: this user is not permitted to see the mappings of processes. Root always is. */
static bool open_resolver(bool all)
{
	memset(&seen, 0, sizeof(seen));
	resolver = stack_resolver_new(&(struct stack_resolver_options){ .all = all, .command = getpid() });
	ck_assert(resolver || ((errno == EACCES || errno == EPERM) && geteuid() != 0));
	return resolver != NULL;
}

static void take(const struct event_header *head)
{
	ck_assert_int_eq(stack_resolver_take(resolver, head, 3, see, NULL), 0);
}

/* The number that an event of the task gets for its mark. */
static uint32_t number_of(uint32_t tid, uint32_t mark)
{
	struct event_syscall call = { .stack = mark };
	unsigned before = seen.others;
	call.head = (struct event_header){ .kind = EVENT_SYSCALL, .size = sizeof(call), .tid = tid };
	take(&call.head);
	ck_assert_uint_eq(seen.others, before + 1);
	return seen.event_stack;
}

static uint32_t mark(void)
{
	return (uint32_t)record->head.time_ns | 1;
}

static void frame_is(unsigned index, const char *function)
{
	ck_assert_uint_lt(index, seen.stack.count);
	ck_assert_str_eq(seen.functions[seen.frames[index]], function);
}

START_TEST(all_frames)
{
	if (!open_resolver(true))
		return;
	capture(0);
	take(&record->head);
	ck_assert_uint_eq(seen.stack_records, 1);
	ck_assert_uint_eq(seen.others, 0);
	ck_assert_uint_eq(seen.stack.id, 1);
	ck_assert_uint_eq(seen.stack.own, 0);
	ck_assert_uint_eq(seen.stack.flags & STACK_WHOLE, STACK_WHOLE);
	frame_is(0, "innermost");
	frame_is(1, "middle");
	frame_is(2, "outer");
	frame_is(3, "capture");
	stack_resolver_free(resolver);
}
END_TEST

/* Up to the program's own code: the function itself, or the caller of the function that contains a
 * probe. */
START_TEST(own_frames)
{
	static const char *const functions[] = { "innermost", "middle" };
	if (!open_resolver(false))
		return;
	capture((unsigned)_i);
	take(&record->head);
	ck_assert_uint_eq(seen.stack.count, 1u + (unsigned)_i);
	ck_assert_uint_eq(seen.stack.own, _i);
	ck_assert_uint_eq(seen.stack.flags, 0);
	frame_is((unsigned)_i, functions[_i]);
	stack_resolver_free(resolver);
}
END_TEST

/* A stack is emitted once; its number is that of the next event of the task that has its mark. */
START_TEST(numbers)
{
	if (!open_resolver(true))
		return;
	capture(0);
	take(&record->head);
	unsigned frames = seen.frame_records;
	ck_assert_uint_eq(number_of(TID, mark()), 1);
	ck_assert_uint_eq(number_of(TID, mark()), STACK_LEFT_OUT); /* that was the only one */
	record->head.time_ns = now_ns();
	take(&record->head);
	ck_assert_uint_eq(number_of(TID, mark() + 2), STACK_LEFT_OUT);
	take(&record->head);
	ck_assert_uint_eq(number_of(TID + 1, mark()), STACK_LEFT_OUT);
	ck_assert_uint_eq(number_of(TID, 0), 0);
	ck_assert_uint_eq(number_of(TID, STACK_LEFT_OUT), STACK_LEFT_OUT);
	ck_assert_uint_eq(number_of(TID, mark()), 1);
	ck_assert_uint_eq(seen.stack_records, 1);
	ck_assert_uint_eq(seen.frame_records, frames);
	record->ip++; /* another location */
	take(&record->head);
	ck_assert_uint_eq(number_of(TID, mark()), 2);
	ck_assert_uint_eq(stack_resolver_dropped(resolver), 0);
	stack_resolver_free(resolver);
}
END_TEST

/* Return addresses that the kernel side has found continue where the copy ends: after the last frame. */
START_TEST(by_frame_pointers)
{
	static const struct {
		unsigned before, after; /* addresses around that of the last frame */
		unsigned count;         /* frames of the stack */
		bool cut;
	} cases[] = {
		{ 0, 2, 3, false },
		{ 3, 1, 2, false },
		{ 0, 0, 1, true }, /* nothing follows */
		{ 0, STACK_FRAMES_MAX - 1, STACK_FRAMES_MAX, false },
		{ 0, STACK_FRAMES_MAX, STACK_FRAMES_MAX, true },
	};
	if (!open_resolver(true))
		return;
	capture(1);
	uint64_t *addresses = (void *)record->stack;
	unsigned before = cases[_i].before, count = before + 1 + cases[_i].after;
	for (unsigned i = 0; i < count; i++)
		addresses[i] = i == before ? record->ip : (uintptr_t)middle + 1;
	record->bytes = record->room = 0;
	record->frames = (uint16_t)count;
	take(&record->head);
	ck_assert_uint_eq(seen.stack.count, cases[_i].count);
	ck_assert_uint_eq(seen.stack.flags & STACK_CUT, cases[_i].cut ? STACK_CUT : 0);
	frame_is(0, "innermost");
	for (unsigned i = 1; i < seen.stack.count; i++)
		frame_is(i, "middle");
	stack_resolver_free(resolver);
}
END_TEST

Suite *stack_resolver_suite(void)
{
	Suite *suite = suite_create("stack_resolver");
	TCase *tc = tcase_create("stack_resolver");
	tcase_add_test(tc, all_frames);
	tcase_add_loop_test(tc, own_frames, 0, 2);
	tcase_add_test(tc, numbers);
	tcase_add_loop_test(tc, by_frame_pointers, 0, 5);
	suite_add_tcase(suite, tc);
	return suite;
}
