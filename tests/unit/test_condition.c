/* SPDX-License-Identifier: BSD-2-Clause */
/* The conditions of --when. */
#include "tests/suites.h"
#include "user/calls/condition.h"
#include "made_event.h"

static struct condition parsed(const char *spec)
{
	struct condition c;
	struct text error = { 0 };
	ck_assert_msg(condition_parse(&c, spec, &error), "%s: %.*s", spec, (int)error.len, error.data);
	ck_assert_str_eq(c.spec, spec);
	text_free(&error);
	return c;
}

static void call_is(const char *spec, const char *name, bool timed, uint64_t over_ns)
{
	struct condition c = parsed(spec);
	ck_assert_uint_eq(c.kind, EVENT_SYSCALL);
	ck_assert_uint_eq(c.nr, (unsigned)syscall_number(name));
	ck_assert(c.timed == timed);
	ck_assert_uint_eq(c.over_ns, over_ns);
}

START_TEST(events_and_calls)
{
	ck_assert_uint_eq(parsed("evict").kind, EVENT_APP_EVICT);
	ck_assert_uint_eq(parsed("open").kind, EVENT_APP_OPEN);
	ck_assert_uint_eq(parsed("load>100ms").kind, EVENT_APP_LOAD);
	ck_assert_uint_eq(parsed("load>100ms").over_ns, 100000000);
	ck_assert(parsed("reload").reload);
	ck_assert(!parsed("miss").reload);
	call_is("openat", "openat", false, 0);
	call_is("open>5us", "open", true, 5000);
	call_is("read>10ms", "read", true, 10000000);
	call_is("read > 1.5 ms", "read", true, 1500000);
	call_is("read>7ns", "read", true, 7);
	call_is("fsync>2s", "fsync", true, 2000000000);
	call_is("read>0ns", "read", true, 0);
}
END_TEST

START_TEST(what_is_no_condition)
{
	static const char *const wrong[] = { "", ">", ">1ms", "read>", "read>10", "read>ms", "read>-1ms",
		"read>1e3ms", "read>0x1ms", "read>infs", "read>1.2.3ms", "read>1 minute", "miss>1ms",
		"reload>1ms", "raed>1ms", "load>99999999999999999999s", "lo ad", "load>1ms2" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct condition c;
		struct text error = { 0 };
		ck_assert_msg(!condition_parse(&c, wrong[i], &error), "%s", wrong[i]);
		ck_assert_uint_gt(error.len, 0);
		ck_assert_ptr_null(memchr(error.data, '\n', error.len));
		text_free(&error);
	}
}
END_TEST

START_TEST(what_holds)
{
	struct condition slow = parsed("lseek>8us"), any = parsed("lseek"), reload = parsed("reload"),
			 load = parsed("load>1us");
	struct event lseek = made_lseek(), miss = made_app(EVENT_APP_MISS, SPAN("m"), 0, 0, 0, 0);
	ck_assert(condition_holds(&slow, &lseek, false));
	ck_assert(condition_holds(&any, &lseek, false));
	lseek.duration_ns = 8000; /* as long as the limit, but not longer */
	ck_assert(!condition_holds(&slow, &lseek, false));
	lseek.duration_ns = NO_DURATION;
	ck_assert(!condition_holds(&slow, &lseek, false));
	ck_assert(condition_holds(&any, &lseek, false));
	lseek.call.nr = (uint32_t)syscall_number("read");
	ck_assert(!condition_holds(&any, &lseek, false));
	ck_assert(condition_holds(&reload, &miss, true));
	ck_assert(!condition_holds(&reload, &miss, false));
	miss.kind = EVENT_APP_LOAD;
	miss.duration_ns = 1001;
	ck_assert(condition_holds(&load, &miss, false));
	ck_assert(!condition_holds(&slow, &miss, false));
}
END_TEST

START_TEST(what_can_be_seen)
{
	struct filter filter;
	struct text error = { 0 };
	struct condition reload = parsed("reload"), miss = parsed("miss"), read = parsed("read>1ms");
	filter_init(&filter);
	ck_assert(condition_observable(&reload, &filter) && condition_observable(&read, &filter));
	ck_assert(filter_parse(&filter, "app=miss", &error) && filter_parse(&filter, "!read", &error));
	ck_assert(condition_observable(&miss, &filter));
	ck_assert(!condition_observable(&reload, &filter)); /* the earlier eviction was not recorded */
	ck_assert(!condition_observable(&read, &filter));
}
END_TEST

Suite *condition_suite(void)
{
	Suite *suite = suite_create("condition");
	TCase *tc = tcase_create("condition");
	tcase_add_test(tc, events_and_calls);
	tcase_add_test(tc, what_is_no_condition);
	tcase_add_test(tc, what_holds);
	tcase_add_test(tc, what_can_be_seen);
	suite_add_tcase(suite, tc);
	return suite;
}
