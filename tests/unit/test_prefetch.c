/* SPDX-License-Identifier: BSD-2-Clause */
/* Predictors, plans, and the thread that loads ahead. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"
#include "faults.h"
#include "probe_spy.h"

enum { MODELS = 20, SIZE = 1000 };

static struct pb_paged *open_predicting(
	enum pb_predict predict, unsigned int fit, bool background, unsigned int budget)
{
	struct pb_config config;
	struct pb_paged *p;
	pb_config_init(&config);
	config.max_memory = (uint64_t)fit * SIZE;
	config.predict = predict;
	config.prefetch_background = background;
	config.prefetch_bytes = (uint64_t)budget * SIZE;
	ck_assert_int_eq(pb_open(make_bundle("b", MODELS, SIZE), &config, &p), PB_OK);
	return p;
}

static void get(struct pb_paged *p, size_t model)
{
	struct pb_view view;
	ck_assert_int_eq(pb_get_at(p, model, &view), PB_OK);
	ck_assert_uint_eq(*(const unsigned char *)view.data, model);
	pb_release(&view);
}

/* In an order that differs from the file's. */
static void lap(struct pb_paged *p, unsigned int step)
{
	for (unsigned int i = 0; i < MODELS; i++)
		get(p, i * step % MODELS);
}

START_TEST(markov_learns_a_round_and_forgets_it)
{
	struct pb_paged *p = open_predicting(PB_PREDICT_MARKOV, 5, false, 0);
	lap(p, 7);
	ck_assert_uint_eq(stats_of(p).hits, 0);
	lap(p, 7);
	lap(p, 7);
	pb_stats_reset(p);
	lap(p, 7);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.hits, MODELS);
	ck_assert_uint_le(s.prefetch_wasted, 2);
	for (int i = 0; i < 30; i++)
		lap(p, 3);
	pb_stats_reset(p);
	lap(p, 3);
	s = stats_of(p);
	ck_assert_uint_eq(s.hits, MODELS);
	ck_assert_uint_le(s.prefetches, MODELS);
	pb_close(p);
}
END_TEST

START_TEST(markov_does_not_guess_at_random)
{
	struct pb_paged *p = open_predicting(PB_PREDICT_MARKOV, 5, false, 0);
	unsigned int seed = 5;
	for (int i = 0; i < 4000; i++) {
		seed = seed * 1103515245u + 12345u;
		get(p, (seed >> 16) % MODELS);
	}
	struct pb_stats s = stats_of(p);
	ck_assert_msg(s.prefetches < 800, "%llu prefetches", (unsigned long long)s.prefetches);
	pb_close(p);
}
END_TEST

START_TEST(sequence_follows_the_file)
{
	struct pb_paged *p = open_predicting(PB_PREDICT_SEQUENCE, 5, false, 0);
	lap(p, 1);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 1);
	ck_assert_uint_eq(s.hits, MODELS - 1);
	pb_stats_reset(p);
	for (size_t i = MODELS; i-- > 0;) /* backwards: there is no sequence to follow */
		get(p, i);
	ck_assert_uint_eq(stats_of(p).prefetches, 0);
	pb_close(p);
}
END_TEST

START_TEST(a_plan_goes_before_all_else)
{
	static const size_t order[] = { 5, 17, 2, 9, 9, 11, 0, 3 }, wrong[] = { 1, MODELS };
	struct pb_paged *p = open_predicting(PB_PREDICT_HISTORY, 5, false, 0);
	ck_assert_int_eq(pb_plan(p, wrong, 2), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_plan(p, order, 8), PB_OK);
	ck_assert(pb_is_cached_at(p, 5) && pb_is_cached_at(p, 17) && !pb_is_cached_at(p, 2));
	get(p, 19); /* not part of it */
	for (size_t i = 0; i < 8; i++)
		get(p, order[i]);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 1);
	ck_assert_uint_eq(s.hits, 8);
	ck_assert_uint_eq(s.prefetch_used, 7);
	ck_assert_int_eq(pb_plan(p, NULL, 0), PB_OK);
	get(p, 5);
	ck_assert_uint_eq(stats_of(p).prefetches, 7);
	pb_close(p);
}
END_TEST

static void await_prefetches(const struct pb_paged *p, uint64_t count)
{
	for (int i = 0; i < 5000 && stats_of(p).prefetches < count; i++)
		usleep(1000);
	ck_assert_uint_eq(stats_of(p).prefetches, count);
}

START_TEST(background_keeps_to_its_budget)
{
	static const size_t order[] = { 3, 1, 4, 15, 9, 2, 6 };
	struct pb_paged *p = open_predicting(PB_PREDICT_HISTORY, 10, true, 2);
	ck_assert_int_eq(pb_plan(p, order, 7), PB_OK);
	await_prefetches(p, 2);
	for (size_t i = 0; i < 5; i++) {
		usleep(20000);
		ck_assert_uint_eq(stats_of(p).memory_used, (i + 2) * SIZE);
		ck_assert_uint_eq(stats_of(p).prefetches, i + 2);
		get(p, order[i]);
		await_prefetches(p, i + 3);
	}
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.hits, 5);
	ck_assert_uint_eq(s.misses, 0);
	/* another plan: models loaded for the old one are evicted for it, the oldest first */
	static const size_t other[] = { 18, 19 };
	ck_assert_int_eq(pb_plan(p, other, 2), PB_OK);
	await_prefetches(p, 9);
	ck_assert(pb_is_cached_at(p, 18) && pb_is_cached_at(p, 19) && !pb_is_cached_at(p, 2));
	ck_assert_uint_eq(stats_of(p).prefetch_wasted, 2);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* More is predicted than fits: the first ones stay. */
START_TEST(background_does_not_push_out_what_it_expects)
{
	static const size_t order[] = { 3, 1, 4, 15, 9, 2 };
	struct pb_config config;
	struct pb_paged *p;
	pb_config_init(&config);
	config.max_memory = 10 * SIZE;
	config.prefetch_background = true;
	config.prefetch_bytes = 2 * SIZE;
	config.prefetch_count = 5;
	ck_assert_int_eq(pb_open(make_bundle("b", MODELS, SIZE), &config, &p), PB_OK);
	ck_assert_int_eq(pb_plan(p, order, 6), PB_OK);
	await_prefetches(p, 2);
	usleep(20000);
	ck_assert(pb_is_cached_at(p, 3) && pb_is_cached_at(p, 1) && stats_of(p).cached_count == 2);
	for (size_t i = 0; i < 6; i++) {
		get(p, order[i]);
		await_prefetches(p, i + 3 < 6 ? i + 3 : 6);
	}
	ck_assert_uint_eq(stats_of(p).prefetch_wasted, 0);
	ck_assert_uint_eq(stats_of(p).hits, 6);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(closing_stops_it_at_any_moment)
{
	size_t order[MODELS];
	for (size_t i = 0; i < MODELS; i++)
		order[i] = i;
	for (int i = 0; i < 200; i++) {
		struct pb_paged *p = open_predicting(PB_PREDICT_MARKOV, MODELS, true, MODELS);
		struct pb_view view;
		ck_assert_int_eq(pb_plan(p, order, MODELS), PB_OK);
		ck_assert_int_eq(pb_get_at(p, 1, &view), PB_OK);
		if (i % 2)
			usleep((unsigned int)i);
		ck_assert_int_eq(pb_close(p), PB_ERR_PINNED);
		ck_assert_int_eq(pb_plan(p, order, MODELS), PB_OK); /* it starts again */
		get(p, 2);
		ck_assert_uint_eq(*(const unsigned char *)view.data, 1);
		pb_release(&view);
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}
END_TEST

#if !SANITIZED

enum { WANTED = 7, CAUSE = 5 /* argument of the `load` probe */ };

static void *hint_wanted(void *p)
{
	ck_assert_int_eq(pb_hint_at(p, WANTED), PB_OK);
	return NULL;
}

static void *get_wanted(void *p)
{
	get(p, WANTED);
	return NULL;
}

/* A prefetch of a model, in another thread, whose read has begun and waits. */
static void begin_prefetch(struct pb_paged *p, bool background, pthread_t *hinting)
{
	static const size_t plan[] = { WANTED };
	fault_hold_reads(true);
	if (background)
		ck_assert_int_eq(pb_plan(p, plan, 1), PB_OK);
	else
		ck_assert_int_eq(pthread_create(hinting, NULL, hint_wanted, p), 0);
	while (fault_held_reads() == 0)
		usleep(100);
}

/* A get that waits for a prefetch, a hint or one in the background, turns it into the get's own load: in
 * the counts and in the probe. */
START_TEST(a_prefetch_that_a_get_waits_for_is_demanded)
{
	struct pb_paged *p = open_predicting(PB_PREDICT_HISTORY, 10, _i, 5);
	pthread_t hinting, getting;
	bool spied = !_i && probe_spy("load"); /* the background thread blocks SIGTRAP */
	begin_prefetch(p, _i, &hinting);
	ck_assert_int_eq(pthread_create(&getting, NULL, get_wanted, p), 0);
	while (stats_of(p).misses == 0) /* once the lock is free, the get is counted and waits */
		usleep(100);
	fault_hold_reads(false);
	pthread_join(getting, NULL);
	if (!_i)
		pthread_join(hinting, NULL);
	get(p, WANTED);
	ck_assert_int_eq(pb_evict_at(p, WANTED, NULL), PB_OK);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 1);
	ck_assert_uint_eq(s.hits, 1);
	ck_assert_uint_eq(s.bytes_loaded, SIZE);
	ck_assert_uint_eq(s.prefetches, 0);
	ck_assert_uint_eq(s.prefetch_used, 0);
	ck_assert_uint_eq(s.prefetch_wasted, 0);
	ck_assert_uint_eq(probe_spy_calls(), spied);
	ck_assert_uint_eq(probe_spy_argument(0, CAUSE), 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* The same prefetches when no get waits for them. */
START_TEST(a_prefetch_that_nobody_waits_for_is_none)
{
	struct pb_paged *p = open_predicting(PB_PREDICT_HISTORY, 10, _i, 5);
	pthread_t hinting;
	bool spied = !_i && probe_spy("load"); /* the background thread blocks SIGTRAP */
	begin_prefetch(p, _i, &hinting);
	fault_hold_reads(false);
	if (!_i)
		pthread_join(hinting, NULL);
	await_prefetches(p, 1);
	get(p, WANTED);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 0);
	ck_assert_uint_eq(s.hits, 1);
	ck_assert_uint_eq(s.prefetch_used, 1);
	ck_assert_uint_eq(probe_spy_calls(), spied);
	ck_assert_uint_eq(probe_spy_argument(0, CAUSE), spied ? 2 /* hint */ : 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

#endif

Suite *prefetch_suite(void)
{
	Suite *suite = suite_create("prefetch");
	TCase *tc = tcase_create("prefetch");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, markov_learns_a_round_and_forgets_it);
	tcase_add_test(tc, markov_does_not_guess_at_random);
	tcase_add_test(tc, sequence_follows_the_file);
	tcase_add_test(tc, a_plan_goes_before_all_else);
	tcase_add_test(tc, background_keeps_to_its_budget);
	tcase_add_test(tc, background_does_not_push_out_what_it_expects);
	tcase_add_test(tc, closing_stops_it_at_any_moment);
#if !SANITIZED /* their reads are not held */
	tcase_add_loop_test(tc, a_prefetch_that_a_get_waits_for_is_demanded, 0, 2);
	tcase_add_loop_test(tc, a_prefetch_that_nobody_waits_for_is_none, 0, 2);
#endif
	suite_add_tcase(suite, tc);
	return suite;
}
