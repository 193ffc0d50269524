/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames and stacks from records: valid ones are kept, damaged and hostile ones refused. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "made_event.h"
#include "user/sink/folded_sink.h"
#include "user/event/stacks.h"

union record {
	struct event_header head;
	struct event_frame frame;
	struct event_stack stack;
	char bytes[512];
};

static struct stacks *stacks;

static void setup(void)
{
	stacks = stacks_new();
	ck_assert_ptr_nonnull(stacks);
}

static void teardown(void)
{
	stacks_free(stacks);
}

static uint16_t append(union record *r, const char *text)
{
	size_t len = strlen(text);
	memcpy(r->bytes + r->head.size, text, len);
	r->head.size = (uint16_t)(r->head.size + len);
	return (uint16_t)(STRING_HERE | len);
}

static union record frame(uint32_t id, const char *function, const char *file, uint32_t line)
{
	union record r = { .head = { .kind = EVENT_FRAME, .size = offsetof(struct event_frame, strings) } };
	r.frame.id = id;
	r.frame.line = line;
	r.frame.address = 0x1000 + id;
	r.frame.string_bytes[0] = append(&r, "/lib/libx.so");
	if (function)
		r.frame.string_bytes[2] = append(&r, function);
	if (file)
		r.frame.string_bytes[3] = append(&r, file);
	return r;
}

static union record stack(uint32_t id, uint32_t count, const uint32_t *frames, uint16_t own)
{
	union record r = { .head = { .kind = EVENT_STACK } };
	r.head.size = (uint16_t)(offsetof(struct event_stack, frames) + count * sizeof(*frames));
	r.stack.id = id;
	r.stack.own = own;
	r.stack.count = count;
	memcpy(r.stack.frames, frames, count * sizeof(*frames));
	return r;
}

/* A copy of exactly its size, for the sanitizers. */
static int learn(union record r)
{
	void *copy = malloc(r.head.size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, &r, r.head.size);
	int err = stacks_learn(stacks, copy);
	free(copy);
	return err;
}

static bool is(struct span s, const char *text)
{
	return s.data && s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

START_TEST(learned)
{
	const uint32_t ids[] = { 2, 1 };
	ck_assert_int_eq(learn(frame(1, "main", "a.c", 7)), 0);
	ck_assert_int_eq(learn(frame(2, NULL, NULL, 0)), 0);
	ck_assert_int_eq(learn(stack(1, 2, ids, 1)), 0);
	const struct stack *s = stacks_find(stacks, 1);
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->count, 2);
	ck_assert_ptr_eq(s->own, s->frames[1]);
	ck_assert(is(s->own->function, "main") && is(s->own->file, "a.c") && s->own->line == 7);
	ck_assert(is(s->frames[0]->module, "/lib/libx.so") && !s->frames[0]->function.data);
	ck_assert_ptr_null(stacks_find(stacks, 0));
	ck_assert_ptr_null(stacks_find(stacks, 2));
	/* references to them stay valid, whatever is defined again */
	ck_assert_int_eq(learn(frame(1, "other", "b.c", 1)), 0);
	ck_assert_int_eq(learn(stack(1, 1, ids, 0)), 0);
	ck_assert_ptr_eq(stacks_find(stacks, 1), s);
	ck_assert(is(s->own->function, "main"));
}
END_TEST

START_TEST(shown)
{
	const uint32_t ids[] = { 2, 1 };
	struct text t = { 0 };
	learn(frame(1, "main", "a.c", 7));
	learn(frame(2, "x", NULL, 0));
	learn(stack(1, 2, ids, STACK_NONE_OWN));
	const struct stack *s = stacks_find(stacks, 1);
	ck_assert_ptr_eq(stack_line(s), s->frames[0]);
	frame_location_text(&t, s->frames[0]);
	text_char(&t, ' ');
	frame_location_text(&t, s->frames[1]);
	text_char(&t, '\0');
	ck_assert_str_eq(t.data, "libx.so+0x1002 a.c:7");
	text_free(&t);
}
END_TEST

START_TEST(damaged)
{
	const uint32_t known[] = { 1 }, unknown[] = { 1, 9 };
	ck_assert_int_eq(learn(frame(1, "main", "a.c", 7)), 0);
	ck_assert_int_eq(learn(stack(1, 2, unknown, 0)), -EBADMSG);
	ck_assert_int_eq(learn(stack(0, 1, known, 0)), -EBADMSG);
	ck_assert_int_eq(learn(stack(UINT32_MAX, 1, known, 0)), -EBADMSG);
	ck_assert_int_eq(learn(frame(0, "main", "a.c", 7)), -EBADMSG);
	ck_assert_int_eq(learn(frame(UINT32_MAX, "main", "a.c", 7)), -EBADMSG);
	union record r = stack(1, 1, known, 0);
	r.stack.count = UINT32_MAX;
	ck_assert_int_eq(learn(r), -EBADMSG);
	r = frame(2, "main", "a.c", 7);
	for (uint16_t size = sizeof(struct event_header); size < r.head.size; size++) {
		union record cut = r;
		cut.head.size = size;
		ck_assert_int_eq(learn(cut), -EBADMSG);
	}
	r.frame.string_bytes[1] = STRING_HERE | STRING_LENGTH;
	ck_assert_int_eq(learn(r), -EBADMSG);
	/* an index of the own frame that does not exist */
	ck_assert_int_eq(learn(stack(1, 1, known, 5)), 0);
	ck_assert_ptr_null(stacks_find(stacks, 1)->own);
}
END_TEST

START_TEST(folded)
{
	const uint32_t ids[] = { 2, 1 };
	struct out out = made_out();
	struct sink *sink = folded_sink_new(&out);
	struct event ev = made_lseek();
	ck_assert_ptr_nonnull(sink);
	learn(frame(1, "main", "a.c", 7));
	learn(frame(2, "a;b", NULL, 0));
	learn(stack(1, 2, ids, 0));
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev.stack = stacks_find(stacks, 1);
	ev.duration_ns = 100000;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(sink->event(sink, &ev), 0);
	ev.duration_ns = NO_DURATION;
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	ck_assert_int_eq(sink->finish(sink, &(struct run_result){ 0 }), 0);
	sink->free(sink);
	char *text = written(&out);
	ck_assert_str_eq(text, "main;a:b;lseek 300000\n[unknown];lseek 8999\n");
	free(text);
}
END_TEST

Suite *stacks_suite(void)
{
	Suite *suite = suite_create("stacks");
	TCase *tc = tcase_create("stacks");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, learned);
	tcase_add_test(tc, shown);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, folded);
	suite_add_tcase(suite, tc);
	return suite;
}
