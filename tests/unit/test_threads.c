/* SPDX-License-Identifier: BSD-2-Clause */
/* One handle, many threads: held views do not change, each model is read once, the counts add up. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sanitized.h"
#include "tests/suites.h"
#include "bundle_help.h"

enum { MODELS = 32, SIZE = 3000, THREADS = 4, OPERATIONS = 80000 /* of all threads */, HELD = 3, MANY = 80 };
enum { POLICIES = PB_POLICY_AUTO + 1, RUNS = 3 * POLICIES };

struct shared {
	struct pb_paged *p;
	pthread_barrier_t start;
	unsigned int threads;
	_Atomic uint64_t gets, evicted, bad;
};

struct worker {
	struct shared *shared;
	unsigned int seed;
	struct pb_view held[HELD];
};

static unsigned int draw(unsigned int *seed, unsigned int bound)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % bound;
}

/* Model i of make_bundle is filled with bytes i. */
static bool right(const struct pb_view *view)
{
	const unsigned char *bytes = view->data;
	return view->size == SIZE && memcmp(bytes, bytes + 1, SIZE - 1) == 0; /* all are equal to the next */
}

/* A view is checked when it is taken, and again, maybe much later, before it is released. */
static void get(struct worker *w, unsigned int model)
{
	struct pb_view *view = &w->held[draw(&w->seed, HELD)];
	if (view->data && !right(view))
		w->shared->bad++;
	pb_release(view);
	if (pb_get_at(w->shared->p, model, view) != PB_OK || !right(view) ||
		*(const unsigned char *)view->data != model)
		w->shared->bad++;
	w->shared->gets++;
}

static void work_once(struct worker *w)
{
	unsigned int model = draw(&w->seed, draw(&w->seed, 3) ? MODELS / 4 : MODELS);
	unsigned int what = draw(&w->seed, 1000);
	bool evicted = false;
	struct pb_stats stats;
	if (what < 900)
		get(w, model);
	else if (what < 950)
		w->shared->bad += pb_hint_at(w->shared->p, model) != PB_OK;
	else if (what < 990 && pb_evict_at(w->shared->p, model, &evicted) == PB_OK)
		w->shared->evicted += evicted;
	else if (what == 990)
		pb_clear(w->shared->p);
	else if (what == 991)
		stats = stats_of(w->shared->p), w->shared->bad += stats.hits + stats.misses > OPERATIONS;
	else
		pb_release(&w->held[0]);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	pthread_barrier_wait(&w->shared->start);
	for (unsigned int i = 0; i < OPERATIONS / w->shared->threads; i++)
		work_once(w);
	for (int i = 0; i < HELD; i++)
		pb_release(&w->held[i]);
	return NULL;
}

static void run_threads(struct shared *s, unsigned int threads, void *(*run)(void *), struct worker *workers)
{
	pthread_t ids[MANY];
	s->threads = threads;
	pthread_barrier_init(&s->start, NULL, threads);
	for (unsigned int i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .shared = s, .seed = i + 1 };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, run, &workers[i]), 0);
	}
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	pthread_barrier_destroy(&s->start);
}

/* For models without held views. */
static void check_sums(struct shared *s)
{
	struct pb_stats stats = stats_of(s->p);
	uint64_t resident = 0;
	for (size_t i = 0; i < MODELS; i++)
		resident += pb_is_cached_at(s->p, i);
	ck_assert_uint_eq(s->bad, 0);
	ck_assert_uint_eq(stats.hits + stats.misses, s->gets);
	ck_assert_uint_eq(stats.cached_count, resident);
	ck_assert_uint_eq(stats.memory_used, resident * SIZE);
	ck_assert_uint_ge(stats.evictions, s->evicted);
	ck_assert_uint_le(stats.prefetch_used + stats.prefetch_wasted, stats.prefetches);
	ck_assert_uint_eq(stats.bytes_loaded % SIZE, 0);
}

/* Each policy without prefetches, with those of the original, and with those in the background. */
START_TEST(random_operations)
{
	static struct worker workers[MANY];
	unsigned int threads = _i < RUNS - 2 ? THREADS : MANY, way = (unsigned int)_i / POLICIES;
	struct pb_config config;
	struct shared s = { 0 };
	pb_config_init(&config);
	config.max_memory = SIZE * (_i & 1 ? 12 : 28);
	config.policy = (enum pb_policy)(_i % POLICIES);
	config.prefetch = way > 0;
	config.predict = way == 2 ? PB_PREDICT_MARKOV : PB_PREDICT_HISTORY;
	config.prefetch_background = way == 2;
	ck_assert_int_eq(pb_open(make_bundle("b", MODELS, SIZE), &config, &s.p), PB_OK);
	run_threads(&s, threads, work, workers);
	check_sums(&s);
	ck_assert_uint_gt(stats_of(s.p).hits, 1000);
	/* nothing is pinned: everything can be evicted, and the policy knows all of it */
	get_and_release(s.p, "m0");
	ck_assert_int_eq(pb_clear(s.p), PB_OK);
	ck_assert_uint_eq(stats_of(s.p).memory_used, 0);
	ck_assert_int_eq(pb_close(s.p), PB_OK);
}
END_TEST

static void *get_all(void *arg)
{
	struct worker *w = arg;
	for (unsigned int i = 0; i < MODELS; i++) {
		pthread_barrier_wait(&w->shared->start);
		get(w, i);
	}
	for (int i = 0; i < HELD; i++)
		pb_release(&w->held[i]);
	return NULL;
}

START_TEST(one_load_however_many_ask)
{
	static struct worker workers[MANY];
	struct shared s = { .p = open_paged(
				    make_bundle("b", MODELS, SIZE), MODELS * SIZE, false, PB_POLICY_LRU) };
	run_threads(&s, MANY, get_all, workers);
	struct pb_stats stats = stats_of(s.p);
	ck_assert_uint_eq(s.bad, 0);
	ck_assert_uint_eq(stats.bytes_loaded, MODELS * SIZE);
	ck_assert_uint_eq(stats.hits + stats.misses, (uint64_t)MODELS * MANY);
	ck_assert_uint_ge(stats.misses, MODELS);
	ck_assert_int_eq(pb_close(s.p), PB_OK);
}
END_TEST

static void *hold(void *arg)
{
	struct worker *w = arg;
	pb_get(w->shared->p, "m0", &w->held[0]);
	return NULL;
}

/* A view may be released by another thread, and holds the model until then, even if its own thread has
 * ended. */
START_TEST(a_view_outlives_its_thread)
{
	struct worker w;
	struct shared s = { .p = open_paged(make_bundle("b", 4, SIZE), SIZE, false, PB_POLICY_LRU) };
	get_and_release(s.p, "m1");
	run_threads(&s, 1, hold, &w);
	get_and_release(s.p, "m2");
	get_and_release(s.p, "m3");
	ck_assert(pb_is_cached(s.p, "m0") && !pb_is_cached(s.p, "m2"));
	ck_assert_int_eq(pb_evict(s.p, "m0", NULL), PB_ERR_PINNED);
	ck_assert_int_eq(pb_close(s.p), PB_ERR_PINNED);
	ck_assert(right(&w.held[0]));
	pb_release(&w.held[0]);
	get_and_release(s.p, "m2");
	ck_assert(!pb_is_cached(s.p, "m0"));
	ck_assert_int_eq(pb_close(s.p), PB_OK);
}
END_TEST

/* While another thread is at any point of its work, a forked child has a usable handle. */
START_TEST(a_forked_child_uses_the_handle)
{
	static struct worker workers[2];
	pthread_t ids[2];
	struct shared s = { .threads = 2,
		.p = open_paged(make_bundle("b", MODELS, SIZE), SIZE * 8, true, PB_POLICY_LRU) };
	pthread_barrier_init(&s.start, NULL, 2);
	for (unsigned int i = 0; i < 2; i++) {
		workers[i] = (struct worker){ .shared = &s, .seed = i + 1 };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(20);
			for (unsigned int m = 0; m < MODELS; m++) {
				struct pb_view view;
				if (pb_get_at(s.p, m, &view) != PB_OK || !right(&view))
					_exit(1);
				pb_release(&view);
			}
			_exit(0);
		}
		int status;
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(ids[i], NULL);
	check_sums(&s);
	ck_assert_int_eq(pb_close(s.p), PB_OK);
}
END_TEST

static void *get_until_cancelled(void *arg)
{
	struct worker *w = arg;
	for (unsigned int i = 0;; i++) {
		get(w, i % MODELS);
		pthread_testcancel();
	}
	return NULL;
}

/* No function of the library is a cancellation point: nothing stays locked or partly loaded. */
START_TEST(cancelled_threads_leave_it_in_order)
{
	struct shared s = { .p = open_paged(make_bundle("b", MODELS, SIZE), SIZE * 4, false, PB_POLICY_LRU) };
	for (int i = 0; i < 100; i++) {
		struct worker w = { .shared = &s, .seed = (unsigned int)i };
		pthread_t id;
		ck_assert_int_eq(pthread_create(&id, NULL, get_until_cancelled, &w), 0);
		usleep((unsigned int)i * 10);
		pthread_cancel(id);
		pthread_join(id, NULL);
		for (int k = 0; k < HELD; k++)
			pb_release(&w.held[k]);
	}
	check_sums(&s);
	ck_assert_int_eq(pb_clear(s.p), PB_OK);
	ck_assert_int_eq(pb_close(s.p), PB_OK);
}
END_TEST

Suite *threads_suite(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, random_operations, 0, RUNS);
	tcase_add_test(tc, one_load_however_many_ask);
	tcase_add_test(tc, a_view_outlives_its_thread);
	if (!SANITIZED) /* a thread that does not exist in the child may hold the lock of their malloc */
		tcase_add_test(tc, a_forked_child_uses_the_handle);
	tcase_add_test(tc, cancelled_threads_leave_it_in_order);
	suite_add_tcase(suite, tc);
	return suite;
}
