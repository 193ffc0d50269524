/* SPDX-License-Identifier: BSD-2-Clause */
/* The cache compared with a slow and simple simulator of its rules: random operations, the same state
 * after each. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "bundle_help.h"

enum { MODELS = 24, HISTORY = 10, OPERATIONS = 6000, VIEWS = 6 };

struct sim {
	uint64_t limit, size[MODELS];
	bool lfu, prefetch;
	unsigned int prefetch_count;
	bool resident[MODELS], ahead[MODELS], gone[MODELS];
	uint64_t uses[MODELS], last[MODELS], clock;
	unsigned int pins[MODELS];
	bool parked[MODELS]; /* selected as a victim while pinned: out of the order until it is released */
	int held[VIEWS], held_count;
	int history[HISTORY];
	int history_len;
	uint64_t used, hits, misses, evictions, loaded, prefetches, prefetch_used, wasted, reloads;
};

static void sim_drop(struct sim *s, int m)
{
	s->resident[m] = false;
	s->used -= s->size[m];
	s->wasted += s->ahead[m];
	s->ahead[m] = false;
	s->gone[m] = true;
}

static int sim_first_to_go(const struct sim *s)
{
	int first = -1;
	for (int m = 0; m < MODELS; m++) {
		if (!s->resident[m] || s->parked[m])
			continue;
		bool counts = first >= 0 && s->lfu && s->uses[m] != s->uses[first];
		if (first < 0 || (counts ? s->uses[m] < s->uses[first] : s->last[m] < s->last[first]))
			first = m;
	}
	return first;
}

static int sim_victim(struct sim *s)
{
	int victim;
	while ((victim = sim_first_to_go(s)) >= 0 && s->pins[victim])
		s->parked[victim] = true;
	return victim;
}

static void sim_release(struct sim *s, int m)
{
	if (--s->pins[m] || !s->parked[m])
		return;
	s->parked[m] = false;
	s->last[m] = ++s->clock;
}

static void sim_load(struct sim *s, int m, bool evicting)
{
	for (int victim; evicting && s->used + s->size[m] > s->limit && (victim = sim_victim(s)) >= 0;) {
		sim_drop(s, victim);
		s->evictions++;
	}
	s->resident[m] = true;
	s->used += s->size[m];
	s->loaded += s->size[m];
	s->uses[m] = 1;
	s->last[m] = ++s->clock;
}

static void sim_prefetch(struct sim *s, int m)
{
	s->prefetches++;
	s->ahead[m] = true;
}

/* The model is pinned afterwards. */
static void sim_get(struct sim *s, int m)
{
	if (s->resident[m]) {
		s->hits++;
		s->uses[m]++;
		s->last[m] = ++s->clock;
		s->prefetch_used += s->ahead[m];
		s->ahead[m] = false;
	} else {
		s->misses++;
		s->reloads += s->gone[m];
		sim_load(s, m, true);
	}
	s->pins[m]++;
	if (s->history_len == HISTORY)
		memmove(s->history, s->history + 1, (HISTORY - 1) * sizeof(int));
	else
		s->history_len++;
	s->history[s->history_len - 1] = m;
	unsigned int taken = 0;
	for (int i = 0; s->prefetch && i + 1 < s->history_len && taken < s->prefetch_count; i++) {
		int next = s->history[i + 1];
		if (s->history[i] != m)
			continue;
		taken++;
		if (!s->resident[next] && s->used + s->size[next] <= s->limit) {
			sim_load(s, next, false);
			sim_prefetch(s, next);
		}
	}
}

static void sim_hint(struct sim *s, int m)
{
	if (s->resident[m])
		return;
	sim_load(s, m, true);
	sim_prefetch(s, m);
}

static void compare(const struct sim *s, const struct pb_paged *p, int step)
{
	struct pb_stats now = stats_of(p);
	for (int m = 0; m < MODELS; m++)
		ck_assert_msg(pb_is_cached_at(p, (size_t)m) == s->resident[m], "step %d: model %d", step, m);
#define SAME(field, sim_field)                                                                               \
	ck_assert_msg(now.field == s->sim_field, "step %d: " #field " is %llu, not %llu", step,              \
		(unsigned long long)now.field, (unsigned long long)s->sim_field)
	SAME(hits, hits);
	SAME(misses, misses);
	SAME(evictions, evictions);
	SAME(bytes_loaded, loaded);
	SAME(memory_used, used);
	SAME(prefetches, prefetches);
	SAME(prefetch_used, prefetch_used);
	SAME(prefetch_wasted, wasted);
	SAME(reloads, reloads);
}

static const char *make_models(struct sim *s)
{
	struct pb_bundle *bundle = pb_bundle_new();
	static char data[2000];
	for (int m = 0; m < MODELS; m++) {
		char name[16];
		s->size[m] = m % 7 == 3 ? 0 : (uint64_t)(m * 331 % 1900 + 1);
		snprintf(name, sizeof(name), "m%d", m);
		ck_assert_int_eq(pb_bundle_add(bundle, name, data, s->size[m]), PB_OK);
	}
	const char *path = scratch_file("models");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	return path;
}

static unsigned int draw(unsigned int *seed, unsigned int bound)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % bound;
}

static void get(struct sim *s, struct pb_paged *p, int m, struct pb_view *view)
{
	char name[16];
	snprintf(name, sizeof(name), "m%d", m);
	sim_get(s, m);
	ck_assert_int_eq(pb_get(p, name, view), PB_OK);
	ck_assert_uint_eq(view->size, s->size[m]);
}

static void hold_or_release(struct sim *s, struct pb_paged *p, int m, struct pb_view *views)
{
	if (s->held_count < VIEWS) {
		get(s, p, m, &views[s->held_count]);
		s->held[s->held_count++] = m;
		return;
	}
	while (s->held_count > m % VIEWS) {
		s->held_count--;
		sim_release(s, s->held[s->held_count]);
		pb_release(&views[s->held_count]);
	}
}

static void evict(struct sim *s, struct pb_paged *p, int m)
{
	char name[16];
	bool evicted = false, was = s->resident[m];
	snprintf(name, sizeof(name), "m%d", m);
	if (was && s->pins[m]) {
		ck_assert_int_eq(pb_evict(p, name, &evicted), PB_ERR_PINNED);
		return;
	}
	if (was) {
		sim_drop(s, m);
		s->evictions++;
	}
	ck_assert_int_eq(pb_evict(p, name, &evicted), PB_OK);
	ck_assert(evicted == was);
}

static void clear(struct sim *s, struct pb_paged *p)
{
	bool pinned = false;
	for (int m = 0; m < MODELS; m++) {
		pinned |= s->pins[m] > 0;
		if (s->resident[m] && !s->pins[m])
			sim_drop(s, m);
	}
	ck_assert_int_eq(pb_clear(p), pinned ? PB_ERR_PINNED : PB_OK);
}

static void step(struct sim *s, struct pb_paged *p, unsigned int *seed, struct pb_view *views)
{
	/* a few models get most of the gets, so that counts differ */
	int m = (int)draw(seed, draw(seed, 3) ? MODELS / 4 : MODELS);
	unsigned int what = draw(seed, 100);
	struct pb_view view;
	if (what < 75) {
		get(s, p, m, &view);
		sim_release(s, m);
		pb_release(&view);
	} else if (what < 80) {
		hold_or_release(s, p, m, views);
	} else if (what < 90) {
		sim_hint(s, m);
		ck_assert_int_eq(pb_hint_at(p, (size_t)m), PB_OK);
	} else if (what < 98) {
		evict(s, p, m);
	} else if (what == 99) {
		clear(s, p);
	}
}

START_TEST(as_the_simulator)
{
	static const uint64_t limits[] = { 0, 900, 2500, 6000, 12000, 1000000 };
	struct sim s = { .limit = limits[_i % 6],
		.lfu = _i / 6 % 2,
		.prefetch = _i / 12 % 2,
		.prefetch_count = 1 + _i % 3 };
	struct pb_config config;
	struct pb_paged *p;
	const char *path = make_models(&s);
	pb_config_init(&config);
	config.max_memory = s.limit;
	config.raw_limit = true;
	config.policy = s.lfu ? PB_POLICY_LFU : PB_POLICY_LRU;
	config.prefetch = s.prefetch;
	config.prefetch_count = s.prefetch_count;
	ck_assert_int_eq(pb_open(path, &config, &p), PB_OK);
	unsigned int seed = (unsigned int)_i + 1;
	struct pb_view views[VIEWS];
	for (int i = 0; i < OPERATIONS; i++) {
		step(&s, p, &seed, views);
		compare(&s, p, i);
	}
	while (s.held_count > 0)
		pb_release(&views[--s.held_count]);
	ck_assert_uint_gt(s.hits + s.prefetches, 100);
	ck_assert_int_eq(pb_close(p), PB_OK);
}
END_TEST

/* Finds the next victim by loading one more model. */
static void check_victim(struct pb_paged *p, const char *victim, const char *by)
{
	ck_assert(pb_is_cached(p, victim));
	uint64_t before = stats_of(p).evictions;
	get_and_release(p, by);
	ck_assert_uint_eq(stats_of(p).evictions, before + 1);
	ck_assert_msg(!pb_is_cached(p, victim), "%s is still there", victim);
}

START_TEST(lru_order)
{
	struct pb_paged *p = open_paged(make_bundle("b", 6, 100), 300, false, PB_POLICY_LRU);
	get_and_release(p, "m0");
	get_and_release(p, "m1");
	get_and_release(p, "m2");
	get_and_release(p, "m0");
	check_victim(p, "m1", "m3");
	check_victim(p, "m2", "m4");
	check_victim(p, "m0", "m5");
	pb_close(p);
}
END_TEST

START_TEST(lfu_counts_then_age)
{
	struct pb_paged *p = open_paged(make_bundle("b", 6, 100), 300, false, PB_POLICY_LFU);
	get_and_release(p, "m0");
	get_and_release(p, "m1");
	get_and_release(p, "m2");
	get_and_release(p, "m2");
	get_and_release(p, "m1");
	get_and_release(p, "m0"); /* two uses each; m2's second is the oldest */
	check_victim(p, "m2", "m3");
	check_victim(p, "m3", "m2"); /* a new model has one use; m2's count did not survive its eviction */
	check_victim(p, "m2", "m4");
	pb_close(p);
}
END_TEST

START_TEST(lfu_keeps_the_count_of_a_pinned_model)
{
	struct pb_paged *p = open_paged(make_bundle("b", 6, 100), 200, false, PB_POLICY_LFU);
	struct pb_view view;
	ck_assert_int_eq(pb_get(p, "m0", &view), PB_OK);
	get_and_release(p, "m1");
	get_and_release(p, "m1");
	check_victim(p, "m1", "m2"); /* m0 has fewer uses, but is pinned */
	get_and_release(p, "m0");
	get_and_release(p, "m2");
	get_and_release(p, "m0"); /* three uses compared with two */
	pb_release(&view);
	check_victim(p, "m2", "m3");
	check_victim(p, "m3", "m4");
	ck_assert(pb_is_cached(p, "m0"));
	pb_close(p);
}
END_TEST

Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("policy");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, as_the_simulator, 0, 24);
	tcase_add_test(tc, lru_order);
	tcase_add_test(tc, lfu_counts_then_age);
	tcase_add_test(tc, lfu_keeps_the_count_of_a_pinned_model);
	suite_add_tcase(suite, tc);
	return suite;
}
