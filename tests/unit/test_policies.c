/* SPDX-License-Identifier: BSD-2-Clause */
/* Each policy compared with its reference (tests/reference), and with known properties. */
#include <stdlib.h>
#include <string.h>

#include "tests/reference/reference.h"
#include "user/event/words.h"
#include "tests/reference/traces.h"
#include "tests/suites.h"
#include "bundle_help.h"

enum { SIZES = 8, MODEL_BYTES = 256, FIXED = PB_POLICY_AUTO /* the policies but that one */ };

static const int rooms[SIZES] = { 8, 16, 32, 48, 64, 96, 128, 192 }; /* models of one size */

/* clang-format off */
static const unsigned int golden[TRACES][FIXED][SIZES] = {
	{ /* zipf */
		{ 8816, 7357, 5653, 4605, 3880, 2766, 1973, 895 }, /* LRU */
		{ 7592, 6229, 4530, 3780, 3263, 2308, 1662, 798 }, /* LFU */
		{ 7492, 6309, 4681, 3912, 3230, 2305, 1700, 820 }, /* LFU-DA */
		{ 8633, 7135, 5490, 4447, 3746, 2670, 1902, 888 }, /* CLOCK */
		{ 7358, 5916, 4524, 3642, 3052, 2245, 1650, 792 }, /* SIEVE */
		{ 7095, 5903, 4644, 3890, 3313, 2432, 1778, 845 }, /* S3-FIFO */
		{ 7609, 6229, 4930, 4135, 3570, 2644, 1944, 886 }, /* ARC */
		{ 7492, 6309, 4681, 3912, 3230, 2305, 1700, 820 }, /* GDSF */
	},
	{ /* scan */
		{ 9750, 7598, 3872, 3872, 3872, 3872, 2912, 2912 }, /* LRU */
		{ 9743, 7484, 2942, 2912, 2912, 2912, 2912, 2912 }, /* LFU */
		{ 9754, 7508, 3383, 2914, 2912, 2912, 2912, 2912 }, /* LFU-DA */
		{ 9756, 7600, 3872, 3872, 3872, 3232, 2912, 2912 }, /* CLOCK */
		{ 9714, 7385, 3872, 2912, 2912, 2912, 2912, 2912 }, /* SIEVE */
		{ 9652, 7447, 3032, 2912, 2912, 2912, 2912, 1590 }, /* S3-FIFO */
		{ 9697, 7418, 2942, 2912, 2912, 2912, 2912, 2912 }, /* ARC */
		{ 9754, 7508, 3383, 2914, 2912, 2912, 2912, 2912 }, /* GDSF */
	},
	{ /* loop */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* LRU */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* LFU */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* LFU-DA */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* CLOCK */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* SIEVE */
		{ 12000, 12000, 12000, 12000, 12000, 7137, 4651, 160 }, /* S3-FIFO */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* ARC */
		{ 12000, 12000, 12000, 12000, 12000, 12000, 12000, 160 }, /* GDSF */
	},
	{ /* phases */
		{ 8864, 7275, 5543, 4538, 3774, 2760, 1989, 918 }, /* LRU */
		{ 9243, 8673, 7667, 6627, 6062, 4043, 2405, 993 }, /* LFU */
		{ 8039, 6639, 5173, 4340, 3703, 2695, 2023, 953 }, /* LFU-DA */
		{ 8684, 7050, 5373, 4383, 3683, 2679, 1917, 898 }, /* CLOCK */
		{ 7406, 5894, 4557, 3698, 3273, 2481, 1830, 919 }, /* SIEVE */
		{ 7128, 5883, 4594, 3826, 3286, 2459, 1815, 896 }, /* S3-FIFO */
		{ 7625, 6239, 4902, 4066, 3543, 2572, 1963, 919 }, /* ARC */
		{ 8039, 6639, 5173, 4340, 3703, 2695, 2023, 953 }, /* GDSF */
	},
};
/* clang-format on */

static const char *even_bundle(void)
{
	return make_bundle("even", TRACE_MODELS, MODEL_BYTES);
}

static const struct trace *trace_of(int kind)
{
	static struct trace trace;
	trace_fill(&trace, (enum trace_kind)kind);
	return &trace;
}

/* Whether it was a hit. */
static bool get_at(struct pb_paged *p, int model)
{
	struct pb_view view;
	bool hit = pb_is_cached_at(p, (size_t)model);
	ck_assert_int_eq(pb_get_at(p, (size_t)model, &view), PB_OK);
	pb_release(&view);
	return hit;
}

static struct pb_stats run(const char *bundle, int policy, const struct trace *trace, int room)
{
	uint64_t limit = (uint64_t)room * MODEL_BYTES;
	struct pb_paged *p = open_paged(bundle, limit, false, (enum pb_policy)policy);
	for (int i = 0; i < TRACE_LENGTH; i++)
		get_at(p, trace->models[i]);
	struct pb_stats stats = stats_of(p);
	ck_assert_uint_le(stats.memory_used, limit);
	ck_assert_uint_eq(stats.hits + stats.misses, TRACE_LENGTH);
	ck_assert_int_eq(pb_close(p), PB_OK);
	return stats;
}

static uint64_t reference_misses(int policy, const struct trace *trace, int room)
{
	uint64_t sizes[TRACE_MODELS];
	struct reference r;
	for (int i = 0; i < TRACE_MODELS; i++)
		sizes[i] = MODEL_BYTES;
	reference_init(&r, (enum pb_policy)policy, TRACE_MODELS, sizes, (uint64_t)room * MODEL_BYTES);
	for (int i = 0; i < TRACE_LENGTH; i++)
		reference_get(&r, trace->models[i]);
	return r.misses;
}

/* Three results that must agree: the library's, the reference's, and the numbers of both recorded here. */
START_TEST(golden_misses)
{
	const struct trace *trace = trace_of(_i);
	const char *bundle = even_bundle();
	for (int policy = 0; policy < FIXED; policy++)
		for (int i = 0; i < SIZES; i++) {
			uint64_t ours = run(bundle, policy, trace, rooms[i]).misses;
			uint64_t theirs = reference_misses(policy, trace, rooms[i]);
			unsigned int then = golden[_i][policy][i];
			ck_assert_msg(ours == theirs && theirs == then,
				"%s, %s, room for %d: %llu misses, the reference %llu, once %u", trace->name,
				pb_policy_name((enum pb_policy)policy), rooms[i], (unsigned long long)ours,
				(unsigned long long)theirs, then);
		}
}
END_TEST

/* No policy misses less than the optimal one, which knows the future; and for a loop the optimal number
 * of misses is known: all models once, and n - k of each n - 1 accesses after that, with room for k of
 * n. */
START_TEST(belady_is_the_lower_bound)
{
	const struct trace *trace = trace_of(_i);
	for (int i = 0; i < SIZES; i++) {
		uint64_t least = reference_belady(trace->models, TRACE_LENGTH, rooms[i]);
		for (int policy = 0; policy < FIXED; policy++)
			ck_assert_uint_le(least, golden[_i][policy][i]);
		if (_i != TRACE_LOOP || rooms[i] >= 160)
			continue;
		double told = 160 + (TRACE_LENGTH - 160) * (160.0 - rooms[i]) / (160 - 1);
		ck_assert_msg((double)least > told - 160 && (double)least < told + 160,
			"room for %d: %llu, not %.0f", rooms[i], (unsigned long long)least, told);
	}
}
END_TEST

/* A larger cache holds everything that a smaller one holds: LRU is a stack algorithm. CLOCK is not, and
 * shows that this test can fail. */
static int not_included(enum pb_policy policy, const struct trace *trace)
{
	const char *bundle = even_bundle();
	struct pb_paged *p[SIZES];
	int missing = 0;
	for (int i = 0; i < SIZES; i++)
		p[i] = open_paged(bundle, (uint64_t)rooms[i] * MODEL_BYTES, false, policy);
	for (int at = 0; at < TRACE_LENGTH; at++) {
		bool hit = false;
		for (int i = 0; i < SIZES; i++) {
			bool hit_here = get_at(p[i], trace->models[at]);
			missing += hit && !hit_here;
			hit = hit_here;
		}
	}
	for (int i = 0; i < SIZES; i++)
		pb_close(p[i]);
	return missing;
}

START_TEST(inclusion)
{
	ck_assert_int_eq(not_included(PB_POLICY_LRU, trace_of(_i)), 0);
	if (_i == TRACE_ZIPF)
		ck_assert_int_gt(not_included(PB_POLICY_CLOCK, trace_of(_i)), 0);
}
END_TEST

/* With room for the hot models and some more, a scan misses its own models and evicts no hot one under
 * these policies; LRU loses the hot ones to each scan. */
START_TEST(scans_do_not_wash_out_what_is_hot)
{
	static const enum pb_policy resist[] = { PB_POLICY_LFU, PB_POLICY_SIEVE, PB_POLICY_S3_FIFO,
		PB_POLICY_ARC };
	const struct trace *trace = trace_of(TRACE_SCAN);
	const char *bundle = even_bundle();
	uint64_t once = 0; /* scanned models, and each hot one the first time */
	bool seen[TRACE_MODELS] = { false };
	for (int i = 0; i < TRACE_LENGTH; i++) {
		int m = trace->models[i];
		once += m >= 32 || !seen[m];
		seen[m] = true;
	}
	for (size_t i = 0; i < sizeof(resist) / sizeof(*resist); i++)
		ck_assert_uint_eq(run(bundle, (int)resist[i], trace, 48).misses, once);
	ck_assert_uint_gt(run(bundle, PB_POLICY_LRU, trace, 48).misses, once * 5 / 4);
}
END_TEST

/* --- models of different sizes --- */

enum { UNEVEN_LENGTH = 6000 };

static const char *uneven_bundle(uint64_t *sizes)
{
	static char data[4000];
	struct pb_bundle *bundle = pb_bundle_new();
	for (int i = 0; i < TRACE_MODELS; i++) {
		char name[16];
		sizes[i] = i % 31 == 7 ? 0 : (uint64_t)(i * 7919 % 61) * (uint64_t)(i * 7919 % 61) + 1;
		snprintf(name, sizeof(name), "m%d", i);
		ck_assert_int_eq(pb_bundle_add(bundle, name, data, sizes[i]), PB_OK);
	}
	const char *path = scratch_file("uneven");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	return path;
}

/* Limits smaller than any model, smaller than the largest, for a few models, for many. */
START_TEST(uneven_sizes_access_by_access)
{
	static const uint64_t limits[] = { 0, 1, 900, 3601, 20000, 77777, 200000 };
	const struct trace *trace = trace_of(TRACE_PHASES);
	uint64_t sizes[TRACE_MODELS];
	const char *bundle = uneven_bundle(sizes);
	for (size_t l = 0; l < sizeof(limits) / sizeof(*limits); l++) {
		struct pb_paged *p = open_paged(bundle, limits[l], false, (enum pb_policy)_i);
		struct reference r;
		reference_init(&r, (enum pb_policy)_i, TRACE_MODELS, sizes, limits[l]);
		for (int i = 0; i < UNEVEN_LENGTH; i++) {
			int model = trace->models[TRACE_LENGTH - UNEVEN_LENGTH * 3 / 2 + i];
			ck_assert_msg(get_at(p, model) == reference_get(&r, model),
				"%s, %llu bytes, access %d, model %d", pb_policy_name((enum pb_policy)_i),
				(unsigned long long)limits[l], i, model);
		}
		pb_close(p);
	}
}
END_TEST

/* Of two equally often used models, the large one is evicted, however recent; and its uses count. */
START_TEST(gdsf_minds_the_size)
{
	static char data[300000];
	struct pb_bundle *bundle = pb_bundle_new();
	pb_bundle_add(bundle, "small", data, 1000);
	pb_bundle_add(bundle, "large", data, 300000);
	pb_bundle_add(bundle, "other", data, 1000);
	const char *path = scratch_file("gdsf");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	struct pb_paged *p = open_paged(path, 301000, false, PB_POLICY_GDSF);
	get_and_release(p, "small");
	get_and_release(p, "large");
	get_and_release(p, "other");
	ck_assert(pb_is_cached(p, "small") && !pb_is_cached(p, "large"));
	pb_evict(p, "other", NULL);
	for (int i = 0; i < 100; i++) /* 100 uses at 65536/300000 + 1 a byte, against one at 65536/1000 + 1 */
		get_and_release(p, "large");
	get_and_release(p, "other");
	ck_assert(!pb_is_cached(p, "small") && pb_is_cached(p, "large"));
	pb_close(p);
}
END_TEST

/* --- AUTO --- */

/* After the first window it has selected a suitable policy, so it costs little more than the best one,
 * which is not known in advance, and never much more than LRU. */
START_TEST(auto_is_nearly_the_best)
{
	const struct trace *trace = trace_of(_i);
	const char *bundle = even_bundle();
	for (int i = 0; i < SIZES; i++) {
		unsigned int best = golden[_i][0][i];
		for (int policy = 1; policy < FIXED; policy++)
			best = golden[_i][policy][i] < best ? golden[_i][policy][i] : best;
		struct pb_stats stats = run(bundle, PB_POLICY_AUTO, trace, rooms[i]);
		ck_assert_msg(stats.misses <= best + best / 6,
			"%s, room for %d: %llu misses, %u with the best", trace->name, rooms[i],
			(unsigned long long)stats.misses, best);
		ck_assert_int_ne(stats.policy, PB_POLICY_AUTO);
		ck_assert_uint_le(stats.policy_changes, 6);
		if (best + best / 4 < golden[_i][PB_POLICY_LRU][i])
			ck_assert_uint_ge(stats.policy_changes, 1);
	}
}
END_TEST

/* A change affects only the order: no model is loaded or evicted by it. */
START_TEST(auto_keeps_what_is_there)
{
	const struct trace *trace = trace_of(TRACE_LOOP);
	struct pb_paged *p = open_paged(even_bundle(), 128 * MODEL_BYTES, false, PB_POLICY_AUTO);
	struct pb_view held;
	ck_assert_int_eq(pb_get_at(p, 200, &held), PB_OK); /* pinned all the time */
	uint64_t changes = 0;
	for (int i = 0; i < TRACE_LENGTH; i++) {
		struct pb_stats before = stats_of(p);
		bool hit = get_at(p, trace->models[i]);
		struct pb_stats after = stats_of(p);
		ck_assert_uint_eq(after.cached_count,
			before.cached_count + !hit - (after.evictions - before.evictions));
		ck_assert_uint_le(after.evictions - before.evictions, 1);
		changes = after.policy_changes;
	}
	ck_assert_uint_ge(changes, 1);
	ck_assert_int_eq(stats_of(p).policy, PB_POLICY_S3_FIFO);
	ck_assert(pb_is_cached_at(p, 200));
	pb_release(&held);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* A sample of a large bundle gives the same result. */
START_TEST(auto_with_a_sample)
{
	enum { MODELS = 8192, GETS = 120000, ROOM = 5000 };
	const char *bundle = make_bundle("large", MODELS, 16);
	uint64_t misses[2];
	struct pb_stats stats;
	for (int k = 0; k < 2; k++) {
		struct pb_paged *p = open_paged(bundle, ROOM * 16, false, k ? PB_POLICY_AUTO : PB_POLICY_LRU);
		for (int i = 0; i < GETS; i++)
			get_at(p, i % MODELS);
		stats = stats_of(p);
		misses[k] = stats.misses;
		pb_close(p);
	}
	ck_assert_uint_eq(misses[0], GETS);
	ck_assert_uint_lt(misses[1], GETS * 3 / 4);
	ck_assert_int_eq(stats.policy, PB_POLICY_S3_FIFO);
}
END_TEST

START_TEST(names)
{
	enum pb_policy found;
	for (int policy = 0; policy <= PB_POLICY_AUTO; policy++) {
		ck_assert(pb_policy_find(pb_policy_name((enum pb_policy)policy), &found));
		ck_assert_int_eq((int)found, policy);
		if (policy < FIXED) /* its name in the trace */
			ck_assert_str_eq(
				policy_word((uint64_t)policy), pb_policy_name((enum pb_policy)policy));
	}
	ck_assert(pb_policy_find("s3-fifo", &found) && found == PB_POLICY_S3_FIFO);
	ck_assert(!pb_policy_find("", &found) && !pb_policy_find(NULL, &found) &&
		  !pb_policy_find("LR", &found));
	ck_assert_ptr_null(pb_policy_name((enum pb_policy)(PB_POLICY_AUTO + 1)));
	ck_assert_ptr_null(pb_policy_name((enum pb_policy) - 1));
}
END_TEST

Suite *policies_suite(void)
{
	Suite *suite = suite_create("policies");
	TCase *tc = tcase_create("policies");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, golden_misses, 0, TRACES);
	tcase_add_loop_test(tc, belady_is_the_lower_bound, 0, TRACES);
	tcase_add_loop_test(tc, inclusion, 0, TRACES);
	tcase_add_test(tc, scans_do_not_wash_out_what_is_hot);
	tcase_add_loop_test(tc, uneven_sizes_access_by_access, 0, FIXED);
	tcase_add_test(tc, gdsf_minds_the_size);
	tcase_add_loop_test(tc, auto_is_nearly_the_best, 0, TRACES);
	tcase_add_test(tc, auto_keeps_what_is_there);
	tcase_add_test(tc, auto_with_a_sample);
	tcase_add_test(tc, names);
	suite_add_tcase(suite, tc);
	return suite;
}
