/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of models, page by page: right bytes, within the limit, counted, together with whole models. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"
#include "faults.h"

enum { PAGE = 1024, LARGE = 300 * PAGE + 100, SMALL = 5000, THREADS = 4, READS = 20000, MODELS = 3 };

static unsigned char byte_at(size_t model, uint64_t at)
{
	return (unsigned char)((at * 2654435761u >> 13) + model * 77);
}

static const uint64_t sizes[MODELS] = { LARGE, SMALL, LARGE };
static unsigned char contents[MODELS][LARGE]; /* filled by make_models() */

static const char *make_models(void)
{
	struct pb_bundle *bundle = pb_bundle_new();
	const char *path = scratch_file("pages");
	for (size_t m = 0; m < MODELS; m++) {
		char name[] = { 'm', (char)('0' + m), '\0' };
		for (uint64_t i = 0; i < sizes[m]; i++)
			contents[m][i] = byte_at(m, i);
		ck_assert_int_eq(pb_bundle_add(bundle, name, contents[m], sizes[m]), PB_OK);
	}
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	return path;
}

static struct pb_paged *open_pages(uint64_t limit, bool prefetch, enum pb_policy policy, enum pb_read read)
{
	struct pb_config config;
	struct pb_paged *p;
	pb_config_init(&config);
	config.pages = true;
	config.page_size = PAGE;
	config.max_memory = limit;
	config.prefetch = prefetch;
	config.policy = policy;
	config.read = read;
	ck_assert_int_eq(pb_open(make_models(), &config, &p), PB_OK);
	return p;
}

static bool right(const void *data, size_t model, uint64_t offset, size_t size)
{
	return memcmp(data, contents[model] + offset, size) == 0;
}

static void check_read(struct pb_paged *p, size_t model, uint64_t offset, size_t size)
{
	static unsigned char buffer[LARGE];
	ck_assert_int_eq(pb_read_at(p, model, offset, size, buffer), PB_OK);
	ck_assert_msg(right(buffer, model, offset, size), "%zu bytes at %llu of m%zu", size,
		(unsigned long long)offset, model);
}

START_TEST(hits_and_misses_are_pages)
{
	struct pb_paged *p = open_pages(100 * PAGE, false, PB_POLICY_LRU, PB_READ_PREAD);
	check_read(p, 0, 10, 5);          /* page 0 */
	check_read(p, 0, PAGE - 1, 2);    /* 0 and 1 */
	check_read(p, 0, LARGE - 50, 50); /* the last, short one */
	check_read(p, 0, 5 * PAGE, 40 * PAGE);
	check_read(p, 0, 5, 0);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.hits, 1);
	ck_assert_uint_eq(s.misses, 43);
	ck_assert_uint_eq(s.cached_pages, 43);
	ck_assert_uint_eq(s.cached_count, 0);
	ck_assert_uint_eq(s.memory_used, 42 * PAGE + 100);
	ck_assert_uint_eq(s.bytes_loaded, s.memory_used);
	bool evicted;
	ck_assert_int_eq(pb_evict(p, "m0", &evicted), PB_OK);
	ck_assert(evicted);
	ck_assert_uint_eq(stats_of(p).evictions, 43);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	check_read(p, 0, 0, PAGE);
	ck_assert_uint_eq(stats_of(p).reloads, 1);
	check_read(p, 0, 299 * PAGE, PAGE);
	ck_assert_uint_eq(stats_of(p).reloads, 1);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(a_model_larger_than_the_limit)
{
	for (int i = 0; i < 4; i++) {
		struct pb_paged *p = open_pages(16 * PAGE, i & 1, i & 2 ? PB_POLICY_LFU : PB_POLICY_LRU,
			i & 2 ? PB_READ_SEEK : PB_READ_PREAD);
		check_read(p, 0, 0, LARGE); /* more at once than fit */
		ck_assert_uint_le(stats_of(p).memory_used, 16 * PAGE);
		for (uint64_t at = 0; at + 700 < LARGE; at += 700) {
			check_read(p, 2, at, 700);
			ck_assert_uint_le(stats_of(p).memory_used, 16 * PAGE);
		}
		struct pb_stats s = stats_of(p);
		ck_assert_uint_gt(s.evictions, 250);
		ck_assert_uint_gt(s.hits, 100);
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}
END_TEST

START_TEST(read_ahead_while_it_goes_along)
{
	struct pb_paged *p = open_pages(400 * PAGE, true, PB_POLICY_LRU, PB_READ_PREAD);
	for (uint64_t page = 0; page < 300; page++)
		check_read(p, 0, page * PAGE, PAGE);
	struct pb_stats s = stats_of(p);
	ck_assert_msg(s.misses < 20, "%llu misses", (unsigned long long)s.misses);
	ck_assert_uint_eq(s.hits + s.misses, 300);
	ck_assert_uint_ge(s.prefetch_used, s.prefetches - 1);
	pb_stats_reset(p);
	unsigned int seed = 3;
	for (int i = 0; i < 50; i++) { /* random order: no read-ahead */
		seed = seed * 1103515245u + 12345u;
		check_read(p, 2, (uint64_t)((seed >> 16) % 150) * 2 * PAGE, 100);
	}
	ck_assert_uint_le(stats_of(p).prefetches, 8);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(views_of_ranges)
{
	struct pb_paged *p = open_pages(8 * PAGE, false, PB_POLICY_LRU, PB_READ_PREAD);
	struct pb_view page, across, whole;
	ck_assert_int_eq(pb_get_range(p, "m0", 3 * PAGE + 5, 100, &page), PB_OK);
	ck_assert_int_eq(pb_get_range(p, "m0", 3 * PAGE + 900, 300, &across), PB_OK);
	ck_assert_uint_eq(page.size, 100);
	check_read(p, 2, 0, 100 * PAGE); /* evicts everything else */
	ck_assert(right(page.data, 0, 3 * PAGE + 5, 100));
	ck_assert(right(across.data, 0, 3 * PAGE + 900, 300));
	ck_assert_int_eq(pb_evict(p, "m0", NULL), PB_ERR_PINNED);
	ck_assert_int_eq(pb_clear(p), PB_ERR_PINNED);
	ck_assert_int_eq(pb_close(p), PB_ERR_PINNED);
	pb_release(&across);
	pb_release(&page);
	ck_assert_ptr_null(page.data);
	/* a model that is resident as a whole serves them */
	ck_assert_int_eq(pb_get(p, "m1", &whole), PB_OK);
	pb_stats_reset(p);
	ck_assert_int_eq(pb_get_range(p, "m1", 1000, 3000, &across), PB_OK);
	ck_assert_ptr_eq(across.data, (const char *)whole.data + 1000);
	check_read(p, 1, 4000, 1000);
	ck_assert_uint_eq(stats_of(p).hits, 2);
	pb_release(&across);
	pb_release(&whole);
	ck_assert_int_eq(pb_get_range(p, "m1", 4000, 1001, &page), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_get_range(p, "none", 0, 1, &page), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(pages_and_models_share_the_limit)
{
	struct pb_paged *p = open_pages(10 * PAGE, false, PB_POLICY_LRU, PB_READ_PREAD);
	check_read(p, 0, 0, 10 * PAGE);
	get_and_release(p, "m1"); /* 5000 bytes: five pages are evicted */
	ck_assert_uint_eq(stats_of(p).cached_pages, 5);
	ck_assert_uint_eq(stats_of(p).memory_used, 5 * PAGE + SMALL);
	check_read(p, 2, 0, 10 * PAGE); /* and back: pages are evicted first, then the model */
	ck_assert_uint_le(stats_of(p).memory_used, 10 * PAGE);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(without_pages_the_model_is_loaded)
{
	struct pb_paged *p = open_paged(make_models(), 2 * LARGE, false, PB_POLICY_LRU);
	struct pb_view view;
	check_read(p, 0, 12345, 6000);
	ck_assert_uint_eq(stats_of(p).cached_count, 1);
	ck_assert_int_eq(pb_get_range(p, "m0", 7, 9, &view), PB_OK);
	ck_assert(right(view.data, 0, 7, 9));
	ck_assert_uint_eq(stats_of(p).hits, 1);
	pb_release(&view);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(odd_page_sizes_are_refused)
{
	static const uint32_t odd[] = { 0, 1, 256, 1000, 4097 };
	struct pb_config config;
	struct pb_paged *p;
	pb_config_init(&config);
	config.pages = true;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		config.page_size = odd[i];
		ck_assert_int_eq(pb_open(make_models(), &config, &p), PB_ERR_ARGUMENT);
	}
}
END_TEST

START_TEST(a_truncated_file)
{
	struct pb_paged *p = open_pages(400 * PAGE, true, PB_POLICY_LRU, PB_READ_PREAD);
	unsigned char buffer[PAGE];
	check_read(p, 0, 0, PAGE);
	ck_assert_int_eq(truncate(scratch_file("pages"), 100 * PAGE), 0);
	usleep(100);
	ck_assert_int_eq(pb_read(p, "m2", 10, PAGE, buffer), PB_ERR_TRUNCATED);
	ck_assert_int_eq(pb_read(p, "m0", 50 * PAGE, PAGE, buffer), PB_ERR_CHANGED);
	check_read(p, 0, 0, PAGE); /* data in memory stays valid */
	ck_assert_uint_eq(stats_of(p).memory_used, PAGE);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

struct shared {
	struct pb_paged *p;
	unsigned int seed;
	_Atomic unsigned int *bad;
};

static unsigned int draw(unsigned int *seed, unsigned int bound)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % bound;
}

/* True if it was wrong. */
static bool let_go(struct pb_view *view, size_t model, uint64_t offset)
{
	bool good = right(view->data, model, offset, view->size);
	pb_release(view);
	return !good;
}

static void *read_at_random(void *arg)
{
	struct shared s = *(struct shared *)arg;
	static const unsigned int most[] = { 10, 3000, 40 * PAGE };
	unsigned char *buffer = malloc(40 * PAGE);
	for (int i = 0; i < READS; i++) {
		size_t m = draw(&s.seed, MODELS);
		uint64_t size = 1 + draw(&s.seed, most[i % 50 == 0 ? 2 : i % 2]);
		size = size < sizes[m] ? size : sizes[m];
		uint64_t offset = (uint64_t)draw(&s.seed, 32768) * (sizes[m] - size + 1) / 32768;
		struct pb_view view;
		unsigned int what = draw(&s.seed, 100);
		if (what == 0)
			pb_clear(s.p);
		else if (what == 1)
			pb_evict_at(s.p, m, NULL);
		else if (what < 5 && pb_get_at(s.p, m, &view) == PB_OK)
			*s.bad += let_go(&view, m, 0);
		else if (what < 30 && pb_get_range_at(s.p, m, offset, size, &view) == PB_OK)
			*s.bad += let_go(&view, m, offset);
		else if (what >= 30)
			*s.bad += pb_read_at(s.p, m, offset, size, buffer) != PB_OK ||
				  !right(buffer, m, offset, size);
	}
	free(buffer);
	return NULL;
}

START_TEST(threads_read_at_random)
{
	_Atomic unsigned int bad = 0;
	struct shared shared[THREADS];
	pthread_t ids[THREADS];
	struct pb_paged *p = open_pages((_i & 1 ? 20 : 350) * PAGE, true,
		_i & 2 ? PB_POLICY_LFU : PB_POLICY_LRU, _i & 1 ? PB_READ_SEEK : PB_READ_PREAD);
	for (unsigned int i = 0; i < THREADS; i++) {
		shared[i] = (struct shared){ p, i + 1, &bad };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, read_at_random, &shared[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	ck_assert_uint_eq(bad, 0);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_gt(s.hits, 0);
	ck_assert_uint_le(s.prefetch_used + s.prefetch_wasted, s.prefetches);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	s = stats_of(p);
	ck_assert_uint_eq(s.memory_used + s.cached_pages + s.cached_count, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

#if !SANITIZED

/* Two pages in sequence, so that more are read ahead with the second, whose read waits. */
static void *read_sequence(void *p)
{
	check_read(p, 0, 0, PAGE);
	fault_hold_reads(true);
	check_read(p, 0, PAGE, PAGE);
	return NULL;
}

static void *read_ahead(void *p)
{
	check_read(p, 0, 3 * PAGE, PAGE);
	return NULL;
}

/* A read that waits for a page that is being read ahead turns it into the read's own load. */
START_TEST(a_page_ahead_that_a_read_waits_for_is_demanded)
{
	struct pb_paged *p = open_pages(1 << 20, true, PB_POLICY_LRU, PB_READ_PREAD);
	pthread_t first, second;
	ck_assert_int_eq(pthread_create(&first, NULL, read_sequence, p), 0);
	while (fault_held_reads() == 0)
		usleep(100);
	ck_assert_int_eq(pthread_create(&second, NULL, read_ahead, p), 0);
	while (stats_of(p).misses < 3)
		usleep(100);
	fault_hold_reads(false);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 3);
	ck_assert_uint_eq(s.hits, 0);
	ck_assert_uint_eq(s.prefetches, s.bytes_loaded / PAGE - 3);
	ck_assert_uint_ge(s.prefetches, 1);
	ck_assert_int_eq(pb_clear(p), PB_OK);
	ck_assert_uint_eq(stats_of(p).prefetch_wasted, s.prefetches);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

#endif

Suite *pages_suite(void)
{
	Suite *suite = suite_create("pages");
	TCase *tc = tcase_create("pages");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, hits_and_misses_are_pages);
	tcase_add_test(tc, a_model_larger_than_the_limit);
	tcase_add_test(tc, read_ahead_while_it_goes_along);
	tcase_add_test(tc, views_of_ranges);
	tcase_add_test(tc, pages_and_models_share_the_limit);
	tcase_add_test(tc, without_pages_the_model_is_loaded);
	tcase_add_test(tc, odd_page_sizes_are_refused);
	tcase_add_test(tc, a_truncated_file);
	tcase_add_loop_test(tc, threads_read_at_random, 0, 4);
#if !SANITIZED /* their reads are not held */
	tcase_add_test(tc, a_page_ahead_that_a_read_waits_for_is_demanded);
#endif
	suite_add_tcase(suite, tc);
	return suite;
}
