/* SPDX-License-Identifier: BSD-2-Clause */
/* Several models at once. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"

enum { MODELS = 40, THREADS = 4 };

static size_t size_of(size_t model)
{
	return model % 8 == 5 ? 0 : model % 8 == 2 ? (3 << 20) + model : model * 1000 + 1;
}

static const char *make_models(void)
{
	static unsigned char data[(3 << 20) + MODELS];
	struct pb_bundle *bundle = pb_bundle_new();
	const char *path = scratch_file("many");
	for (size_t m = 0; m < MODELS; m++) {
		char name[16];
		snprintf(name, sizeof(name), "m%zu", m);
		for (size_t i = 0; i < size_of(m); i++)
			data[i] = (unsigned char)(m * 31 + (i >> 8) + i);
		ck_assert_int_eq(pb_bundle_add(bundle, name, data, size_of(m)), PB_OK);
	}
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	return path;
}

static bool right(const struct pb_view *view, size_t model)
{
	const unsigned char *data = view->data;
	for (size_t i = 0; i < view->size; i += 61)
		if (data[i] != (unsigned char)(model * 31 + (i >> 8) + i))
			return false;
	return data && view->size == size_of(model);
}

static struct pb_paged *open_many(uint64_t limit, enum pb_read read, bool hard)
{
	struct pb_config config;
	struct pb_paged *p;
	pb_config_init(&config);
	config.max_memory = limit;
	config.prefetch = false;
	config.read = read;
	config.hard_limit = hard;
	ck_assert_int_eq(pb_open(make_models(), &config, &p), PB_OK);
	return p;
}

START_TEST(all_at_once)
{
	struct pb_paged *p = open_many(1 << 30, _i ? PB_READ_SEEK : PB_READ_PREAD, false);
	struct pb_view views[MODELS + 1];
	size_t models[MODELS + 1], total = 0;
	for (size_t i = 0; i < MODELS; i++) {
		models[i] = i * 7 % MODELS;
		total += size_of(i);
	}
	models[MODELS] = 3; /* a second time */
	get_and_release(p, "m3");
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(pb_get_many(p, models, MODELS + 1, views), PB_OK);
		for (size_t i = 0; i <= MODELS; i++) {
			ck_assert_msg(right(&views[i], models[i]), "m%zu", models[i]);
			pb_release(&views[i]);
		}
	}
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, MODELS);
	ck_assert_uint_eq(s.hits, MODELS + 1 + 2);
	ck_assert_uint_eq(s.bytes_loaded, total);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	ck_assert_int_eq(pb_hint_many(p, models, MODELS + 1), PB_OK);
	ck_assert_uint_eq(stats_of(p).prefetches, MODELS);
	ck_assert_int_eq(pb_get_many(p, models, 1, views), PB_OK);
	ck_assert_uint_eq(stats_of(p).prefetch_used, 1);
	pb_release(&views[0]);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(all_or_none)
{
	struct pb_paged *p = open_many(4 << 20, PB_READ_PREAD, true);
	struct pb_view views[4];
	static const size_t large[] = { 1, 2, 10 }, wrong[] = { 1, MODELS }, good[] = { 1, 2, 3 };
	ck_assert_int_eq(pb_get_many(p, large, 3, views), PB_ERR_LIMIT);
	ck_assert_ptr_null(views[0].data);
	ck_assert_int_eq(pb_get_many(p, wrong, 2, views), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_get_many(p, good, 3, views), PB_OK);
	for (size_t i = 0; i < 3; i++)
		pb_release(&views[i]);
	ck_assert_int_eq(pb_get_many(p, good, 0, views), PB_OK);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	ck_assert_int_eq(truncate(scratch_file("many"), 5000), 0);
	ck_assert_int_eq(pb_get_many(p, good, 3, views), PB_ERR_CHANGED);
	ck_assert_int_eq(pb_get_many(p, good + 1, 2, views), PB_ERR_TRUNCATED);
	ck_assert_ptr_null(views[0].data);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

struct worker {
	struct pb_paged *p;
	unsigned int seed;
	_Atomic unsigned int *bad;
};

static void *work(void *arg)
{
	struct worker w = *(struct worker *)arg;
	for (int i = 0; i < 150; i++) {
		size_t models[6];
		struct pb_view views[6];
		for (int k = 0; k < 6; k++) {
			w.seed = w.seed * 1103515245u + 12345u;
			models[k] = (w.seed >> 16) % MODELS;
		}
		if (pb_get_many(w.p, models, 6, views) != PB_OK) {
			++*w.bad;
			continue;
		}
		for (int k = 0; k < 6; k++) {
			*w.bad += !right(&views[k], models[k]);
			pb_release(&views[k]);
		}
	}
	return NULL;
}

START_TEST(threads_ask_for_the_same)
{
	_Atomic unsigned int bad = 0;
	pthread_t ids[THREADS];
	struct worker workers[THREADS];
	struct pb_paged *p = open_many(8 << 20, PB_READ_PREAD, false);
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ p, i + 1, &bad };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	ck_assert_uint_eq(bad, 0);
	ck_assert_uint_eq(stats_of(p).hits + stats_of(p).misses, THREADS * 150 * 6);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

Suite *many_suite(void)
{
	Suite *suite = suite_create("many");
	TCase *tc = tcase_create("many");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, all_at_once, 0, 2);
	tcase_add_test(tc, all_or_none);
	tcase_add_test(tc, threads_ask_for_the_same);
	suite_add_tcase(suite, tc);
	return suite;
}
