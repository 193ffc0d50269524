/* SPDX-License-Identifier: BSD-2-Clause */
/* The newest records, complete, in bounded memory. */
#include "tests/checks.h"
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "tests/system/harness.h"
#include "user/stage/decode.h"
#include "user/record/window.h"

static struct window *window;
static struct decoder *decoder; /* knows only what the window emits */
static uint64_t time_ns, calls, opens, first_call, last_call;

union record {
	struct event_header head;
	struct event_file file;
	struct event_syscall call;
	struct event_app app;
	char bytes[512];
};

static void setup(void)
{
	window = window_new(WINDOW_BYTES_MIN);
	decoder = decoder_new();
	ck_assert(window && decoder);
	time_ns = calls = opens = first_call = last_call = 0;
}

static void teardown(void)
{
	window_free(window);
	decoder_free(decoder);
}

static union record record(unsigned kind, size_t size, const char *text)
{
	union record r = { .head = { .kind = (uint16_t)kind, .time_ns = ++time_ns, .pid = 1, .tid = 1 } };
	r.head.size = (uint16_t)(size + strlen(text));
	memcpy(r.bytes + size, text, strlen(text));
	return r;
}

static void add(union record r)
{
	ck_assert_int_eq(window_add(window, &r.head, 0), 0);
}

static void add_file(uint64_t ino, const char *path)
{
	union record r = record(EVENT_FILE, offsetof(struct event_file, strings), path);
	r.file.id.ino = ino;
	r.file.path_bytes = (uint16_t)strlen(path);
	time_ns--; /* as the kernel side does, at the time of its call */
	add(r);
}

static void add_call(uint64_t ino)
{
	union record r = record(EVENT_SYSCALL, sizeof(r.call), "");
	r.call.file.id.ino = ino;
	r.call.args[1] = time_ns * 12345; /* so that it takes some bytes */
	r.call.duration_ns = NO_DURATION;
	add(r);
}

static void add_app(unsigned kind, uint64_t bundle, const char *name)
{
	union record r = record(kind, offsetof(struct event_app, strings), name);
	r.app.bundle = bundle;
	r.app.name_bytes = (uint16_t)(strlen(name) | STRING_HERE);
	add(r);
}

/* Every call has the path that its file had at that time; bundles that are in use are known. */
static int look(void *ctx, const struct event_header *r, unsigned cpu)
{
	struct event ev;
	char path[32];
	uint64_t *last = ctx;
	int kind = decoder_take(decoder, r, cpu, &ev);
	ck_assert_int_ge(kind, 0);
	ck_assert_uint_ge(r->time_ns, *last);
	*last = r->time_ns;
	if (kind == 0)
		return 0;
	opens += ev.kind == EVENT_APP_OPEN;
	if (ev.kind == EVENT_APP_HIT)
		ck_assert_int_eq(memcmp(ev.app.bundle_path.data, "/b", 2), 0);
	if (ev.kind != EVENT_SYSCALL)
		return 0;
	snprintf(path, sizeof(path), "/f%u", (unsigned)ev.call.file.id.ino);
	ck_assert_msg(ev.call.file.path.len == strlen(path) &&
			      memcmp(ev.call.file.path.data, path, strlen(path)) == 0,
		"%s is %.*s", path, (int)ev.call.file.path.len, ev.call.file.path.data);
	ck_assert(calls++ == 0 || ev.time_ns == last_call + 1); /* none is missing in between */
	if (calls == 1)
		first_call = ev.time_ns;
	last_call = ev.time_ns;
	return 0;
}

static void look_through(void)
{
	uint64_t last = 0;
	ck_assert_int_eq(window_each(window, look, &last), 0);
}

START_TEST(all_while_there_is_room)
{
	add_file(1, "/f1");
	for (int i = 0; i < 1000; i++)
		add_call(1);
	look_through();
	ck_assert_uint_eq(calls, 1000);
}
END_TEST

START_TEST(the_newest_after_that)
{
	add_file(1, "/f1");
	add_file(2, "/f2");
	for (int i = 0; i < 500000; i++) {
		add_call(1 + (uint64_t)i % 2);
		ck_assert_uint_le(window_bytes(window), WINDOW_BYTES_MIN);
	}
	look_through();
	ck_assert_uint_eq(last_call, time_ns);
	ck_assert_uint_lt(calls, 400000);
	/* no more than one of its sixteen parts is empty */
	ck_assert_uint_ge(window_bytes(window), WINDOW_BYTES_MIN / 16 * 14);
	ck_assert_uint_eq(first_call, time_ns - calls + 1);
}
END_TEST

START_TEST(names_as_they_were)
{
	add_file(1, "/old");
	add_file(1, "/f1"); /* defined again, with another name */
	for (int i = 0; i < 200000; i++)
		add_call(1);
	add_file(3, "/f3");
	add_call(1);
	look_through();
	ck_assert_uint_gt(calls, 1000);
}
END_TEST

START_TEST(bundles_opened_before)
{
	add_app(EVENT_APP_OPEN, 1, "/b1");
	add_app(EVENT_APP_OPEN, 2, "/b2");
	add_app(EVENT_APP_CLOSE, 2, "");
	add_file(1, "/f1");
	for (int i = 0; i < 200000; i++)
		add_call(1);
	look_through();
	ck_assert_uint_eq(opens, 0); /* no event here concerns it */
	calls = 0;
	add_app(EVENT_APP_HIT, 1, "m");
	look_through();
	ck_assert_uint_eq(opens, 1); /* the closed one is dropped with its events */
	/* after its close, it stays as long as events that refer to it */
	add_app(EVENT_APP_CLOSE, 1, "");
	opens = calls = 0;
	look_through();
	ck_assert_uint_eq(opens, 1);
}
END_TEST

/* Names in files come out where they came in, and stay when their chunk is gone, until newer ones replaced them. */
static void add_names(uint64_t ino, uint32_t version)
{
	union record r = record(EVENT_NAMES, offsetof(struct event_names, ranges), "");
	struct event_names *names = (void *)&r;
	names->id.ino = ino;
	names->count = version;
	names->from = 0;
	add(r);
	names->from = 1; /* a second record of the same names */
	add(r);
}

struct seen_names {
	uint32_t now[3], parts, sets;
	uint64_t wrong;
};

/* A call's size is the version of its file's names. */
static int look_at_names(void *ctx, const struct event_header *r, unsigned cpu)
{
	struct seen_names *seen = ctx;
	const struct event_names *names = (const void *)r;
	const struct event_syscall *call = (const void *)r;
	(void)cpu;
	if (r->kind == EVENT_NAMES) {
		seen->now[names->id.ino] = names->count;
		seen->parts += names->from != 0;
		seen->sets += names->from == 0;
	}
	if (r->kind == EVENT_SYSCALL)
		seen->wrong += call->args[2] != seen->now[call->file.id.ino];
	return 0;
}

static void add_named_calls(uint64_t ino, uint32_t version, int number)
{
	for (int i = 0; i < number; i++) {
		union record r = record(EVENT_SYSCALL, sizeof(r.call), "");
		r.call.file.id.ino = ino;
		r.call.args[1] = time_ns * 12345;
		r.call.args[2] = version;
		add(r);
	}
}

START_TEST(names_in_files)
{
	struct seen_names seen = { .wrong = 0 };
	add_names(1, 1);
	add_names(2, 7);
	add_named_calls(1, 1, 100);
	add_names(1, 2);
	add_named_calls(1, 2, 100);
	add_named_calls(2, 7, 100);
	ck_assert_int_eq(window_each(window, look_at_names, &seen), 0);
	ck_assert_uint_eq(seen.wrong, 0);
	ck_assert_uint_eq(seen.sets, 3);
	ck_assert_uint_eq(seen.parts, 3);
	for (uint32_t version = 3; version < 60; version++) {
		add_names(1, version);
		add_named_calls(1, version, 10000);
		add_named_calls(2, 7, 10);
	}
	seen = (struct seen_names){ .wrong = 0 };
	ck_assert_int_eq(window_each(window, look_at_names, &seen), 0);
	ck_assert_uint_eq(seen.wrong, 0);
	ck_assert_uint_eq(seen.now[1], 59);
	ck_assert_uint_eq(seen.now[2], 7);
	ck_assert_uint_lt(seen.sets, 30); /* replaced ones are gone */
	ck_assert_uint_eq(seen.sets, seen.parts);
}
END_TEST

START_TEST(many_files_in_bounded_memory)
{
	char path[400];
	size_t before = mallinfo2().uordblks;
	memset(path, 'x', sizeof(path));
	for (unsigned i = 1; i <= 100000; i++) {
		snprintf(path + 380, 20, "%u", i);
		path[0] = '/';
		add_file(i, path);
	}
	ck_assert_uint_eq(window_bytes(window), 0); /* no call refers to them */
	/* their paths are 40 MB */
	ck_assert(SANITIZED || mallinfo2().uordblks - before < WINDOW_DEFINITIONS_MAX * 3 / 2);
}
END_TEST

START_TEST(the_longest_record)
{
	char *bytes = calloc(1, 65536);
	for (unsigned i = 0; i < 65536; i++)
		bytes[i] = (char)(i * 31);
	struct event_header *head = (void *)bytes;
	*head = (struct event_header){ .kind = EVENT_EXEC, .size = 65535 };
	ck_assert_int_eq(window_add(window, head, 0), 0);
	free(bytes);
}
END_TEST

Suite *window_suite(void)
{
	Suite *suite = suite_create("window");
	TCase *tc = tcase_create("window");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, all_while_there_is_room);
	tcase_add_test(tc, the_newest_after_that);
	tcase_add_test(tc, names_as_they_were);
	tcase_add_test(tc, bundles_opened_before);
	tcase_add_test(tc, names_in_files);
	tcase_add_test(tc, many_files_in_bounded_memory);
	tcase_add_test(tc, the_longest_record);
	suite_add_tcase(suite, tc);
	return suite;
}
