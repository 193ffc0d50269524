/* SPDX-License-Identifier: BSD-2-Clause */
/* Models in memory: pins, limits, counters, and a file that changes under an open bundle. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "bundle_help.h"

static bool cached(const struct pb_paged *p, const char *names)
{
	char name[] = "m?";
	for (; *names; names++) {
		name[1] = *names;
		if (!pb_is_cached(p, name))
			return false;
	}
	return true;
}

START_TEST(config_defaults_and_raised_limit)
{
	struct pb_paged *p;
	struct pb_config config;
	const char *path = make_bundle("b", 1, 10);
	ck_assert_int_eq(pb_open(path, NULL, &p), PB_OK);
	pb_config_init(&config);
	config.max_memory = 0;
	pb_config_get(p, &config);
	ck_assert_uint_eq(config.max_memory, 104857600);
	ck_assert_uint_eq(config.page_size, 4096);
	ck_assert(config.prefetch);
	ck_assert_uint_eq(config.prefetch_count, 2);
	ck_assert_int_eq(config.policy, PB_POLICY_LRU);
	pb_close(p);
	config.max_memory = 5;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	pb_config_get(p, &config);
	ck_assert_uint_eq(config.max_memory, 1024);
	pb_close(p);
}
END_TEST

START_TEST(config_of_an_older_caller)
{
	struct pb_paged *p;
	struct pb_config config;
	const char *path = make_bundle("b", 1, 10);
	memset(&config, 0xff, sizeof(config));
	pb_config_init_sized(&config, offsetof(struct pb_config, page_size));
	config.max_memory = 5000;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	pb_config_init(&config);
	pb_config_get(p, &config);
	ck_assert_uint_eq(config.max_memory, 5000);
	ck_assert_uint_eq(config.page_size, 4096);
	pb_close(p);
	config.struct_size = sizeof(config) + 8;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_ERR_ARGUMENT);
	config.struct_size = sizeof(config);
	config.policy = (enum pb_policy)77;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_pinned_model_stays)
{
	struct pb_paged *p = open_paged(make_bundle("b", 5, 100), 200, false, PB_POLICY_LRU);
	struct pb_view view;
	bool evicted = true;
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_OK);
	get_and_release(p, "m1");
	get_and_release(p, "m2");
	get_and_release(p, "m3");
	ck_assert(cached(p, "03"));
	ck_assert_uint_eq(stats_of(p).memory_used, 200);
	ck_assert_int_eq(pb_evict(p, "m0", &evicted), PB_ERR_PINNED);
	ck_assert_int_eq(pb_clear(p), PB_ERR_PINNED);
	ck_assert(cached(p, "0") && !pb_is_cached(p, "m3"));
	for (size_t i = 0; i < view.size; i++)
		ck_assert_uint_eq(((const unsigned char *)view.data)[i], 0);
	ck_assert_int_eq(pb_close(p), PB_ERR_PINNED);
	pb_release(&view);
	pb_release(&view);
	ck_assert_ptr_null(view.data);
	ck_assert_int_eq(pb_evict(p, "m0", &evicted), PB_OK);
	ck_assert(evicted);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(all_pinned_passes_the_limit)
{
	for (int policy = PB_POLICY_LRU; policy <= PB_POLICY_AUTO; policy++) {
		struct pb_paged *p = open_paged(make_bundle("b", 5, 100), 200, false, (enum pb_policy)policy);
		struct pb_view views[5];
		char name[] = "m0";
		for (int i = 0; i < 5; i++, name[1]++)
			ck_assert_int_eq(pb_get(p, name, &views[i]), PB_OK);
		struct pb_stats s = stats_of(p);
		ck_assert_uint_eq(s.memory_used, 500);
		ck_assert_uint_eq(s.evictions, 0);
		for (int i = 0; i < 5; i++) {
			ck_assert_uint_eq(*(const unsigned char *)views[i].data, (unsigned int)i);
			pb_release(&views[i]);
		}
		/* they were selected as victims while pinned; after release they may be evicted again */
		ck_assert_int_eq(pb_evict(p, "m4", NULL), PB_OK);
		get_and_release(p, "m4");
		s = stats_of(p);
		ck_assert_uint_eq(s.memory_used, 200);
		ck_assert_uint_eq(s.evictions, 4);
		ck_assert_int_eq(pb_clear(p), PB_OK);
		ck_assert_uint_eq(stats_of(p).memory_used, 0);
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}
END_TEST

START_TEST(two_views_of_one_model)
{
	struct pb_paged *p = open_paged(make_bundle("b", 2, 100), 100, false, PB_POLICY_LRU);
	struct pb_view a, b;
	ck_assert_int_eq(pb_get(p, "m0", &a), PB_OK);
	ck_assert_int_eq(pb_get(p, "m0", &b), PB_OK);
	ck_assert_ptr_eq(a.data, b.data);
	pb_release(&a);
	get_and_release(p, "m1");
	ck_assert(cached(p, "01"));
	pb_release(&b);
	get_and_release(p, "m1");
	ck_assert_int_eq(pb_hint(p, "m0"), PB_OK);
	ck_assert_uint_eq(stats_of(p).hits, 2);
	pb_close(p);
}
END_TEST

START_TEST(larger_than_the_limit)
{
	struct pb_paged *p = open_paged(make_bundle("b", 3, 5000), 1024, false, PB_POLICY_LRU);
	struct pb_view view;
	ck_assert_int_eq(pb_get(p, "m1", &view), PB_OK);
	ck_assert_uint_eq(view.size, 5000);
	ck_assert_uint_eq((uintptr_t)view.data % 64, 0);
	pb_release(&view);
	get_and_release(p, "m2");
	ck_assert(cached(p, "2") && !pb_is_cached(p, "m1"));
	ck_assert_uint_eq(stats_of(p).memory_used, 5000);
	pb_close(p);
}
END_TEST

START_TEST(a_hard_limit_is_kept)
{
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view a, b, c;
	pb_config_init(&config);
	config.max_memory = 10000;
	config.hard_limit = true;
	ck_assert_int_eq(pb_open(make_bundle("large", 2, 10001), &config, &p), PB_OK);
	ck_assert_int_eq(pb_get(p, "m0", &a), PB_ERR_LIMIT);
	ck_assert_int_eq(pb_hint(p, "m1"), PB_ERR_LIMIT);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	ck_assert_int_eq(pb_close(p), PB_OK);
	ck_assert_int_eq(pb_open(make_bundle("b", 6, 4000), &config, &p), PB_OK);
	ck_assert_int_eq(pb_get(p, "m0", &a), PB_OK);
	ck_assert_int_eq(pb_get(p, "m1", &b), PB_OK);
	ck_assert_int_eq(pb_get(p, "m2", &c), PB_ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(pb_error_detail(), "8000"));
	ck_assert(cached(p, "01"));
	pb_release(&a);
	ck_assert_int_eq(pb_get(p, "m2", &c), PB_OK);
	ck_assert(cached(p, "12"));
	ck_assert_uint_eq(stats_of(p).memory_used, 8000);
	pb_release(&b);
	pb_release(&c);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

START_TEST(huge_pages_hold_the_same)
{
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	pb_config_init(&config);
	config.huge_pages = true;
	ck_assert_int_eq(pb_open(make_bundle("b", 3, (5 << 20) + 1), &config, &p), PB_OK);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(pb_get_at(p, i, &view), PB_OK);
		ck_assert_uint_eq((uintptr_t)view.data % (2 << 20), 0);
		ck_assert_uint_eq(((const unsigned char *)view.data)[5 << 20], i);
		pb_release(&view);
	}
	pb_close(p);
}
END_TEST

/* Models of all alignments, past the page cache. */
START_TEST(direct_reads)
{
	static const size_t bytes[] = { 1, 511, 4096, 9000, 70001, (2 << 20) + 5 };
	struct pb_config config;
	struct pb_paged *p;
	struct pb_view view;
	pb_config_init(&config);
	config.read = PB_READ_DIRECT;
	config.pages = true;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
		int err = pb_open(make_bundle("b", 5, bytes[i]), &config, &p);
		if (err == PB_ERR_IO && errno == EINVAL)
			return; /* the file system of /tmp does not support it */
		ck_assert_int_eq(err, PB_OK);
		unsigned char part[4096];
		size_t at = bytes[i] / 3, some = bytes[i] - at < sizeof(part) ? bytes[i] - at : sizeof(part);
		for (size_t m = 0; m < 5; m++) {
			ck_assert_int_eq(pb_read_at(p, m, at, some, part), PB_OK);
			ck_assert(part[0] == m && part[some - 1] == m);
			ck_assert_int_eq(pb_get_at(p, m, &view), PB_OK);
			for (size_t k = 0; k < view.size; k++)
				if (((const unsigned char *)view.data)[k] != m)
					ck_abort_msg("byte %zu of %zu", k, view.size);
			pb_release(&view);
		}
		ck_assert_int_eq(pb_close(p), PB_OK);
	}
}
END_TEST

START_TEST(data_is_right_through_reused_buffers)
{
	struct pb_paged *p = open_paged(make_bundle("b", 50, 9000), 30000, true, PB_POLICY_LRU);
	unsigned int seed = 7;
	for (int i = 0; i < 3000; i++) {
		struct pb_view view;
		seed = seed * 1103515245u + 12345u;
		size_t index = (seed >> 16) % 50;
		ck_assert_int_eq(pb_get_at(p, index, &view), PB_OK);
		const unsigned char *bytes = view.data;
		for (size_t at = 0; at < view.size; at += 777)
			ck_assert_uint_eq(bytes[at], index);
		ck_assert_uint_eq(bytes[view.size - 1], index);
		pb_release(&view);
	}
	ck_assert_uint_gt(stats_of(p).evictions, 1000);
	pb_close(p);
}
END_TEST

/* Above a certain size, a model begins anywhere in the first page of its buffer, and buffers are reused for
 * models of other sizes. */
START_TEST(buffers_of_all_sizes)
{
	static const size_t sizes[] = { 28600, 28672, 28673, 32700, 32704, 32705, 32767, 32768, 32769, 36800,
		36863, 36864, 36865, 40960, 60000, 65536, 65537, 100001 };
	enum { COUNT = sizeof(sizes) / sizeof(*sizes) };
	static unsigned char data[100001];
	char name[16];
	struct pb_bundle *bundle = pb_bundle_new();
	for (size_t i = 0; i < COUNT; i++) {
		memset(data, (int)i + 1, sizes[i]);
		snprintf(name, sizeof(name), "m%zu", i);
		ck_assert_int_eq(pb_bundle_add(bundle, name, data, sizes[i]), PB_OK);
	}
	const char *path = scratch_file("sizes");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	struct pb_paged *p = open_paged(path, 200000, false, PB_POLICY_LRU);
	unsigned int seed = 11;
	for (int i = 0; i < 3000; i++) {
		struct pb_view view;
		seed = seed * 1103515245u + 12345u;
		size_t index = (seed >> 16) % COUNT;
		ck_assert_int_eq(pb_get_at(p, index, &view), PB_OK);
		ck_assert_uint_eq(view.size, sizes[index]);
		ck_assert_uint_eq((uintptr_t)view.data % 64, 0);
		memset(data, (int)index + 1, view.size);
		ck_assert(memcmp(view.data, data, view.size) == 0);
		pb_release(&view);
	}
	ck_assert_uint_gt(stats_of(p).evictions, 1000);
	pb_close(p);
}
END_TEST

START_TEST(an_unknown_name)
{
	struct pb_paged *p = open_paged(make_bundle("b", 2, 100), 1000, true, PB_POLICY_LRU);
	struct pb_view view;
	bool evicted = true;
	ck_assert_int_eq(pb_get(p, "nope", &view), PB_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(pb_error_detail(), "nope"));
	ck_assert_int_eq(pb_get_at(p, 2, &view), PB_ERR_NOT_FOUND);
	ck_assert_int_eq(pb_hint(p, "nope"), PB_OK);
	ck_assert_int_eq(pb_evict(p, "nope", &evicted), PB_OK);
	ck_assert(!evicted && !pb_is_cached(p, "nope") && !pb_is_cached_at(p, 2));
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.misses, 2);
	ck_assert_uint_eq(s.evictions + s.prefetches + s.hits, 0);
	pb_close(p);
}
END_TEST

START_TEST(prefetch_used_wasted_and_reloads)
{
	struct pb_paged *p = open_paged(make_bundle("b", 6, 100), 300, false, PB_POLICY_LRU);
	ck_assert_int_eq(pb_hint(p, "m0"), PB_OK);
	get_and_release(p, "m0"); /* used */
	get_and_release(p, "m0");
	ck_assert_int_eq(pb_hint(p, "m1"), PB_OK);
	ck_assert_int_eq(pb_evict(p, "m1", NULL), PB_OK); /* wasted */
	ck_assert_int_eq(pb_hint(p, "m2"), PB_OK);
	ck_assert_int_eq(pb_clear(p), PB_OK); /* wasted */
	get_and_release(p, "m0");             /* reload */
	get_and_release(p, "m3");
	ck_assert_int_eq(pb_hint(p, "m1"), PB_OK); /* neither yet; not a miss, and so not a reload */
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.prefetches, 4);
	ck_assert_uint_eq(s.prefetch_used, 1);
	ck_assert_uint_eq(s.prefetch_wasted, 2);
	ck_assert_uint_eq(s.reloads, 1);
	ck_assert_uint_eq(s.hits, 2);
	ck_assert_uint_eq(s.misses, 2);
	ck_assert_uint_eq(s.evictions, 1);
	ck_assert_uint_eq(s.bytes_loaded, 600);
	pb_close(p);
}
END_TEST

START_TEST(history_prefetch_brings_the_successor)
{
	struct pb_paged *p = open_paged(make_bundle("b", 4, 100), 1000, true, PB_POLICY_LRU);
	get_and_release(p, "m0");
	get_and_release(p, "m1");
	ck_assert_int_eq(pb_clear(p), PB_OK);
	get_and_release(p, "m0");
	ck_assert(cached(p, "01"));
	get_and_release(p, "m1");
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.prefetches, 1);
	ck_assert_uint_eq(s.prefetch_used, 1);
	ck_assert_uint_eq(s.hits, 1);
	pb_close(p);
}
END_TEST

START_TEST(reset_starts_counting_anew)
{
	struct pb_paged *p = open_paged(make_bundle("b", 4, 100), 200, false, PB_POLICY_LRU);
	get_and_release(p, "m0");
	get_and_release(p, "m0");
	struct pb_stats s = stats_of(p);
	ck_assert(pb_hit_rate(&s) == 0.5);
	pb_stats_reset(p);
	s = stats_of(p);
	ck_assert(pb_hit_rate(&s) == 0.0);
	ck_assert_uint_eq(s.hits + s.misses + s.bytes_loaded, 0);
	ck_assert_uint_eq(s.memory_used, 100);
	ck_assert_uint_eq(s.cached_count, 1);
	get_and_release(p, "m0");
	ck_assert_uint_eq(stats_of(p).hits, 1);
	pb_close(p);
}
END_TEST

START_TEST(stats_of_an_older_caller)
{
	struct pb_paged *p = open_paged(make_bundle("b", 4, 100), 200, false, PB_POLICY_LRU);
	struct pb_stats s;
	get_and_release(p, "m0");
	memset(&s, 0xee, sizeof(s));
	s.struct_size = offsetof(struct pb_stats, evictions);
	pb_stats_get(p, &s);
	ck_assert_uint_eq(s.misses, 1);
	ck_assert_uint_eq(s.evictions, 0xeeeeeeeeeeeeeeee);
	pb_close(p);
}
END_TEST

/* --- a file that changes --- */

static void overwrite(const char *path, off_t at, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, strlen(bytes), at), (ssize_t)strlen(bytes));
	close(fd);
}

START_TEST(a_changed_file_is_noticed)
{
	const char *path = make_bundle("b", 3, 10000);
	/* older than any clock tick, so that the change has a different time */
	ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1000, 0 }, { 1000, 0 } }, 0), 0);
	struct pb_paged *p = open_paged(path, 100000, false, PB_POLICY_LRU);
	struct pb_view view, kept;
	ck_assert_int_eq(pb_get(p, "m0", &kept), PB_OK);
	overwrite(path, 15000, "changed");
	usleep(1000);
	ck_assert_int_eq(pb_get(p, "m1", &view), PB_ERR_CHANGED);
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_OK); /* models in memory stay valid */
	pb_release(&view);
	pb_release(&kept);
	struct pb_stats s = stats_of(p);
	ck_assert_uint_eq(s.memory_used, 10000);
	ck_assert_uint_eq(s.misses, 2);
	pb_close(p);
}
END_TEST

START_TEST(a_nanosecond_is_a_change)
{
	const char *path = make_bundle("b", 1, 100);
	struct pb_view view;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1000, 5 }, { 1000, 5 } }, 0), 0);
	struct pb_paged *p = open_paged(path, 100000, false, PB_POLICY_LRU);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1000, 5 }, { 1000, 6 } }, 0), 0);
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_ERR_CHANGED);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[2]){ { 1000, 5 }, { 1000, 5 } }, 0), 0);
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_OK);
	pb_release(&view);
	pb_close(p);
}
END_TEST

START_TEST(a_truncated_file_is_noticed)
{
	const char *path = make_bundle("b", 3, 10000);
	struct pb_paged *p = open_paged(path, 100000, false, PB_POLICY_LRU);
	struct pb_view view;
	ck_assert_int_eq(truncate(path, 15000), 0);
	ck_assert_int_eq(pb_get(p, "m2", &view), PB_ERR_TRUNCATED);
	ck_assert_int_eq(pb_get(p, "m1", &view), PB_ERR_TRUNCATED);
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_ERR_CHANGED);
	ck_assert_int_eq(pb_hint(p, "m2"), PB_ERR_TRUNCATED);
	ck_assert_uint_eq(stats_of(p).memory_used, 0);
	pb_close(p);
}
END_TEST

START_TEST(a_replaced_file_harms_nobody)
{
	const char *path = make_bundle("b", 3, 10000);
	struct pb_paged *p = open_paged(path, 100000, false, PB_POLICY_LRU);
	struct pb_view view;
	make_bundle("b", 1, 5);
	ck_assert_int_eq(pb_get(p, "m2", &view), PB_OK);
	ck_assert_uint_eq(view.size, 10000);
	pb_release(&view);
	pb_close(p);
}
END_TEST

START_TEST(what_is_no_bundle)
{
	struct pb_paged *p;
	ck_assert_int_eq(pb_open(scratch_file("missing"), NULL, &p), PB_ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(pb_open(scratch_file("."), NULL, &p), PB_ERR_NOT_BUNDLE);
	ck_assert_int_eq(pb_open("/dev/null", NULL, &p), PB_ERR_NOT_BUNDLE);
	ck_assert_int_eq(pb_open(NULL, NULL, &p), PB_ERR_ARGUMENT);
	ck_assert_int_eq(pb_close(NULL), PB_OK);
	pb_release(NULL);
}
END_TEST

START_TEST(every_error_has_a_text)
{
	for (int err = PB_OK; err >= PB_ERR_DAMAGED; err--) {
		ck_assert_str_ne(pb_strerror(err), "unknown error");
		for (int other = PB_OK; other > err; other--)
			ck_assert_str_ne(pb_strerror(err), pb_strerror(other));
	}
	ck_assert_str_eq(pb_strerror(PB_ERR_DAMAGED - 1), "unknown error");
}
END_TEST

Suite *cache_suite(void)
{
	Suite *suite = suite_create("cache");
	TCase *tc = tcase_create("cache");
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_test(tc, config_defaults_and_raised_limit);
	tcase_add_test(tc, config_of_an_older_caller);
	tcase_add_test(tc, a_pinned_model_stays);
	tcase_add_test(tc, all_pinned_passes_the_limit);
	tcase_add_test(tc, two_views_of_one_model);
	tcase_add_test(tc, larger_than_the_limit);
	tcase_add_test(tc, a_hard_limit_is_kept);
	tcase_add_test(tc, huge_pages_hold_the_same);
	tcase_add_test(tc, direct_reads);
	tcase_add_test(tc, data_is_right_through_reused_buffers);
	tcase_add_test(tc, buffers_of_all_sizes);
	tcase_add_test(tc, an_unknown_name);
	tcase_add_test(tc, prefetch_used_wasted_and_reloads);
	tcase_add_test(tc, history_prefetch_brings_the_successor);
	tcase_add_test(tc, reset_starts_counting_anew);
	tcase_add_test(tc, stats_of_an_older_caller);
	tcase_add_test(tc, a_changed_file_is_noticed);
	tcase_add_test(tc, a_nanosecond_is_a_change);
	tcase_add_test(tc, a_truncated_file_is_noticed);
	tcase_add_test(tc, a_replaced_file_harms_nobody);
	tcase_add_test(tc, what_is_no_bundle);
	tcase_add_test(tc, every_error_has_a_text);
	suite_add_tcase(suite, tc);
	return suite;
}
