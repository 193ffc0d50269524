/* SPDX-License-Identifier: BSD-2-Clause */
/* The sums of cache events, and the tables. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/sink/model_name.h"
#include "user/sink/summary_text.h"
#include "user/tables/summary.h"
#include "made_event.h"

static struct summary *s;

static void feed(struct event ev)
{
	summary_event(s, &ev);
}

static void feed_open(uint64_t id)
{
	struct event ev = made_app(EVENT_APP_OPEN, SPAN("/tmp/demo.apbundle"), 3, 124, 1024, 0);
	ev.app.bundle = id;
	feed(ev);
}

static void feed_model(uint16_t kind, const char *name, uint64_t c, uint64_t d)
{
	struct span span = { .data = name, .len = (uint32_t)strlen(name) };
	feed(made_app(kind, span, 124, 500, c, d));
}

static void hit(const char *name)
{
	feed_model(EVENT_APP_HIT, name, 0, 0);
}

static void miss(const char *name)
{
	feed_model(EVENT_APP_MISS, name, 0, 0);
}

static void load(const char *name, uint64_t ns, uint64_t cause)
{
	feed_model(EVENT_APP_LOAD, name, ns, cause);
}

static void evict(const char *name, uint64_t reason)
{
	feed_model(EVENT_APP_EVICT, name, reason, 0);
}

static void feed_close(uint64_t id)
{
	struct event ev = made_app(EVENT_APP_CLOSE, SPAN(""), 0, 0, 0, 0);
	ev.app.bundle = id;
	feed(ev);
}

static const struct model_stats *model(const struct bundle_stats *b, const char *name)
{
	struct model_stats *m;
	ck_assert_ptr_nonnull(b);
	HASH_FIND(hh, b->models, name, (unsigned)strlen(name), m);
	ck_assert_msg(m != NULL, "no model %s", name);
	return m;
}

START_TEST(a_demo_adds_up)
{
	s = summary_new();
	feed_open(1);
	miss("encoder"), load("encoder", 9000, 0);
	miss("decoder"), load("decoder", 8000, 0);
	evict("encoder", 0);
	miss("classifier"), load("classifier", 7000, 0);
	hit("decoder"), hit("decoder");
	miss("encoder"), load("encoder", 11000, 0);
	feed(made_app(EVENT_APP_ERROR, SPAN("nope"), ENOENT, 0, 0, 0));
	feed(made_app(EVENT_APP_ERROR, SPAN(""), EBUSY, 0, 0, 0));
	feed(made_app(EVENT_APP_POLICY, SPAN("S3-FIFO"), 0, 5, 0, 0)); /* not the name of any model */

	const struct bundle_stats *b = s->bundles;
	ck_assert_uint_eq(HASH_COUNT(b->models), 4);
	ck_assert_ptr_null(b->next);
	ck_assert_uint_eq(b->key.pid, PID);
	ck_assert_uint_eq(b->opens, 1);
	ck_assert_uint_eq(b->models_in_file, 3);
	ck_assert_uint_eq(b->limit, 1024);
	ck_assert_uint_eq(b->path_len, strlen("/tmp/demo.apbundle"));
	ck_assert_mem_eq(b->where->path, "/tmp/demo.apbundle", b->path_len);

	const struct cache_counts *encoder = &model(b, "encoder")->counts;
	ck_assert_uint_eq(encoder->misses, 2);
	ck_assert_uint_eq(encoder->reloads, 1);
	ck_assert_uint_eq(encoder->evictions, 1);
	ck_assert_uint_eq(encoder->bytes_loaded, 1000);
	ck_assert_uint_eq(model(b, "encoder")->load_ns.max, 11000);
	ck_assert_uint_eq(model(b, "decoder")->counts.hits, 2);
	ck_assert_uint_eq(model(b, "decoder")->counts.reloads, 0);
	ck_assert_uint_eq(model(b, "nope")->counts.errors, 1);

	struct cache_counts total;
	struct latency load_ns;
	summary_total(b, &total, &load_ns);
	ck_assert_uint_eq(total.hits, 2);
	ck_assert_uint_eq(total.misses, 4);
	ck_assert_uint_eq(total.loads, 4);
	ck_assert_uint_eq(total.bytes_loaded, 2000);
	ck_assert_uint_eq(total.errors, 2);
	ck_assert_uint_eq(load_ns.count, 4);
	latency_free(&load_ns);
	summary_free(s);
}
END_TEST

START_TEST(prefetches_are_used_or_wasted)
{
	s = summary_new();
	feed_open(1);
	load("used", 1, 1), hit("used"), hit("used"), evict("used", 0);
	load("evicted", 1, 2), evict("evicted", 0), evict("evicted", 0);
	load("closed", 1, 1);
	load("twice", 1, 1), load("twice", 1, 1);
	load("asked for", 1, 0), evict("asked for", 0);
	const struct bundle_stats *b = s->bundles;
	ck_assert_uint_eq(model(b, "closed")->counts.wasted, 0); /* it may still be used */
	evict("twice", 3);
	feed_close(1);

	ck_assert_uint_eq(model(b, "used")->counts.prefetched, 1);
	ck_assert_uint_eq(model(b, "used")->counts.used, 1);
	ck_assert_uint_eq(model(b, "used")->counts.wasted, 0);
	ck_assert_uint_eq(model(b, "evicted")->counts.wasted, 1);
	ck_assert_uint_eq(model(b, "evicted")->counts.used, 0);
	ck_assert_uint_eq(model(b, "closed")->counts.wasted, 1);
	ck_assert_uint_eq(model(b, "twice")->counts.prefetched, 2);
	ck_assert_uint_eq(model(b, "twice")->counts.wasted, 2);
	ck_assert_uint_eq(model(b, "asked for")->counts.prefetched, 0);
	ck_assert_uint_eq(model(b, "asked for")->counts.wasted, 0);
	summary_free(s);
}
END_TEST

START_TEST(only_the_librarys_own_evictions_count)
{
	s = summary_new();
	feed_open(1);
	for (uint64_t reason = 0; reason <= 4; reason++) {
		evict("a", reason);
		miss("a");
	}
	ck_assert_uint_eq(model(s->bundles, "a")->counts.evictions, 2);
	ck_assert_uint_eq(model(s->bundles, "a")->counts.reloads, 5); /* evicted, for any reason */
	summary_free(s);
}
END_TEST

START_TEST(a_bundle_goes_on_after_a_close_of_the_same_file)
{
	s = summary_new();
	feed_open(1);
	miss("encoder"), evict("encoder", 3);
	feed_close(1);
	feed_open(2);
	feed(made_app(EVENT_APP_HIT, SPAN("x"), 0, 0, 0, 0)); /* id 1: not open, so it is another bundle */
	struct event ev = made_app(EVENT_APP_MISS, SPAN("encoder"), 124, 500, 0, 0);
	ev.app.bundle = 2;
	feed(ev);
	const struct bundle_stats *b = s->bundles;
	ck_assert_uint_eq(b->opens, 2);
	ck_assert_uint_eq(b->key.id, 2);
	ck_assert_uint_eq(model(b, "encoder")->counts.misses, 2);
	ck_assert_uint_eq(model(b, "encoder")->counts.reloads, 0);
	ck_assert_uint_eq(b->next->opens, 0);
	ck_assert_uint_eq(b->next->key.id, 1);
	ck_assert_ptr_null(b->next->next);
	summary_free(s);
}
END_TEST

START_TEST(two_at_a_time_stay_apart)
{
	s = summary_new();
	feed_open(1);
	feed_open(2);
	struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	feed(ev);
	ev.app.bundle = 2;
	feed(ev), feed(ev);
	ev.pid = PID + 1; /* a child has its own cache */
	feed(ev), feed(ev), feed(ev);
	ck_assert_uint_eq(model(s->bundles, "a")->counts.misses, 1);
	ck_assert_uint_eq(model(s->bundles->next, "a")->counts.misses, 2);
	ck_assert_uint_eq(model(s->bundles->next->next, "a")->counts.misses, 3);
	feed_close(1);
	feed_close(2);
	summary_free(s);
}
END_TEST

START_TEST(an_id_opened_again_without_a_close)
{
	s = summary_new();
	feed_open(1);
	load("a", 1, 1);
	evict("b", 0);
	feed_open(1);
	miss("b");
	ck_assert_uint_eq(s->bundles->opens, 2);
	ck_assert_uint_eq(model(s->bundles, "a")->counts.wasted, 1);
	ck_assert_uint_eq(model(s->bundles, "b")->counts.reloads, 0);
	summary_free(s);
}
END_TEST

START_TEST(failed_opens_are_no_bundles)
{
	s = summary_new();
	struct event ev = made_app(EVENT_APP_ERROR, SPAN("/tmp/none.apbundle"), ENOENT, 0, 0, 0);
	ev.app.bundle = 0;
	feed(ev), feed(ev);
	ck_assert_ptr_null(s->bundles);
	ck_assert_uint_eq(s->failed_opens, 2);
	summary_free(s);
}
END_TEST

/* Unlimited names: those without memory are counted together, and no event is missing. */
START_TEST(memory_has_a_limit)
{
	enum { COUNT = 300000 };
	s = summary_new();
	feed_open(1);
	for (unsigned i = 0; i < COUNT; i++) {
		char name[32];
		snprintf(name, sizeof(name), "model-%u", i);
		miss(name);
		load(name, i, 0);
	}
	const struct bundle_stats *b = s->bundles;
	struct cache_counts total;
	struct latency load_ns;
	ck_assert(b->has_others);
	ck_assert_uint_gt(b->others.misses, 1000);
	ck_assert_uint_gt(HASH_COUNT(b->models), 10000);
	summary_total(b, &total, &load_ns);
	ck_assert_uint_eq(total.misses, COUNT);
	ck_assert_uint_eq(load_ns.count, COUNT);
	latency_free(&load_ns);

	/* The same for bundles. */
	for (unsigned i = 2; i < 1000; i++) {
		struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
		ev.app.bundle = i;
		feed(ev);
		feed_close(i);
	}
	ck_assert_uint_eq(s->others.others.misses, 998);
	ck_assert_ptr_null(s->bundles->next);
	summary_free(s);
}
END_TEST

static char *tables(const struct run_result *result)
{
	struct out out = made_out();
	ck_assert_int_eq(summary_text(&out, result), 0);
	return written(&out);
}

START_TEST(the_table_of_calls_is_straces)
{
	static struct call_count calls[SYSCALL_MAX];
	calls[syscall_number("lseek")] = (struct call_count){ 48, 1, 442000, 90000 };
	calls[syscall_number("write")] = (struct call_count){ 32, 0, 258000, 20000 };
	struct run_result result = { .calls = calls, .durations = true };
	char *text = tables(&result);
	ck_assert_str_eq(text, "% time     seconds  usecs/call     calls    errors syscall\n"
			       "------ ----------- ----------- --------- --------- ----------------\n"
			       " 63.14    0.000442           9        48         1 lseek\n"
			       " 36.86    0.000258           8        32           write\n"
			       "------ ----------- ----------- --------- --------- ----------------\n"
			       "100.00    0.000700           8        80         1 total\n");
	free(text);
}
END_TEST

START_TEST(columns_grow_with_their_numbers)
{
	static struct call_count calls[SYSCALL_MAX];
	calls[syscall_number("lseek")] = (struct call_count){ 12345678901, 0, 98765000000000, 0 };
	calls[syscall_number("write")] = (struct call_count){ 1, 0, 0, 0 };
	struct run_result result = { .calls = calls, .durations = true };
	char *text = tables(&result);
	ck_assert_str_eq(text, "% time      seconds  usecs/call       calls    errors syscall\n"
			       "------ ------------ ----------- ----------- --------- ----------------\n"
			       "100.00 98765.000000           7 12345678901           lseek\n"
			       "  0.00     0.000000           0           1           write\n"
			       "------ ------------ ----------- ----------- --------- ----------------\n"
			       "100.00 98765.000000           7 12345678902           total\n");
	free(text);
}
END_TEST

START_TEST(a_table_for_each_bundle)
{
	s = summary_new();
	feed_open(1);
	miss("encoder"), load("encoder", 9000, 0);
	miss("z"), load("z", 9000, 0), evict("z", 0);
	miss("z"), load("z", 9000, 0), hit("z");
	miss("a\033"), load("a\033", 9000, 0);
	struct run_result result = { .summary = s };
	result.lost[EVENT_SYSCALL][LOST_RING_FULL] = 12;
	result.lost[EVENT_SYSCALL][LOST_SKIPPED] = 5;
	char *text = tables(&result);
	ck_assert_str_eq(text,
		"\nbundle /tmp/demo.apbundle, pid 1234: 3 models, limit 1024 B\n"
		"gets hits misses reloads evictions prefetched used wasted bytes    p50    p99 hit % model\n"
		"---- ---- ------ ------- --------- ---------- ---- ------ ----- ------ ------ ----- ----------------\n"
		"   3    1      2       1         1          0    0      0  1000   9 us   9 us  33.3 z\n"
		"   1    0      1       0         0          0    0      0   500   9 us   9 us   0.0 a\\33\n"
		"   1    0      1       0         0          0    0      0   500   9 us   9 us   0.0 encoder\n"
		"---- ---- ------ ------- --------- ---------- ---- ------ ----- ------ ------ ----- ----------------\n"
		"   5    1      4       1         1          0    0      0  2000   9 us   9 us  20.0 total\n"
		"lost: 12 syscall events (ring full)\n"
		"lost: 5 syscall events (hook skipped)\n");
	free(text);
	summary_free(s);
}
END_TEST

START_TEST(errors_get_a_column_and_long_tables_an_end)
{
	s = summary_new();
	feed_open(1);
	feed(made_app(EVENT_APP_ERROR, SPAN("nope"), ENOENT, 0, 0, 0));
	for (unsigned i = 0; i < 50; i++) {
		char name[32];
		snprintf(name, sizeof(name), "model-%02u", i);
		miss(name);
	}
	struct run_result result = { .summary = s };
	char *text = tables(&result);
	ck_assert_ptr_nonnull(strstr(text, "hit % errors model\n"));
	ck_assert_ptr_nonnull(strstr(text, " model-39\n"));
	ck_assert_ptr_null(strstr(text, " model-40\n"));
	ck_assert_ptr_nonnull(strstr(text, "... and 11 more models (all in --format json)\n"));
	free(text);
	summary_free(s);
}
END_TEST

static void name_is(const char *name, bool cut, uint32_t most, const char *expected)
{
	struct model_stats *model = calloc(1, sizeof(*model) + strlen(name));
	struct text t = { 0 };
	ck_assert_ptr_nonnull(model);
	model->name_len = (uint32_t)strlen(name);
	model->cut = cut;
	memcpy(model->name, name, strlen(name));
	model_name_text(&t, model, most);
	text_char(&t, '\0');
	ck_assert_str_eq(t.data, expected);
	text_free(&t);
	free(model);
}

START_TEST(long_names_are_cut_between_characters)
{
	name_is("encoder", false, 7, "encoder");
	name_is("encoder", false, 6, "encode...");
	name_is("encoder", true, 24, "encoder...");
	name_is("", false, 24, "\"\"");
	name_is("a\tb\033", false, 24, "a\\tb\\33");
	name_is("ab\xe2\x82\xac"
		"cd",
		false, 4, "ab...");
	name_is("ab\xe2\x82\xac"
		"cd",
		false, 5, "ab\xe2\x82\xac...");
}
END_TEST

Suite *summary_suite(void)
{
	Suite *suite = suite_create("summary");
	TCase *tc = tcase_create("summary");
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_demo_adds_up);
	tcase_add_test(tc, prefetches_are_used_or_wasted);
	tcase_add_test(tc, only_the_librarys_own_evictions_count);
	tcase_add_test(tc, a_bundle_goes_on_after_a_close_of_the_same_file);
	tcase_add_test(tc, two_at_a_time_stay_apart);
	tcase_add_test(tc, an_id_opened_again_without_a_close);
	tcase_add_test(tc, failed_opens_are_no_bundles);
	tcase_add_test(tc, memory_has_a_limit);
	tcase_add_test(tc, the_table_of_calls_is_straces);
	tcase_add_test(tc, columns_grow_with_their_numbers);
	tcase_add_test(tc, a_table_for_each_bundle);
	tcase_add_test(tc, errors_get_a_column_and_long_tables_an_end);
	tcase_add_test(tc, long_names_are_cut_between_characters);
	suite_add_tcase(suite, tc);
	return suite;
}
