/* SPDX-License-Identifier: BSD-2-Clause */
/* Invariants of every policy under any operations: random gets, held views, hints, evictions, clears. */
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "bundle_help.h"

enum { MODELS = 48, VIEWS = 5, OPERATIONS = 6000, LARGEST = 2000 };

struct world {
	struct pb_paged *p;
	uint64_t limit, size[MODELS];
	struct pb_view held[VIEWS];
	int held_model[VIEWS], held_count, pins[MODELS];
	uint64_t gets;
	unsigned int seed;
};

static unsigned int draw(struct world *w, unsigned int bound)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (w->seed >> 16) % bound;
}

/* Model m is filled with bytes m. */
static const char *make_models(struct world *w)
{
	struct pb_bundle *bundle = pb_bundle_new();
	char data[LARGEST], name[16];
	for (int m = 0; m < MODELS; m++) {
		w->size[m] = m % 11 == 5 ? 0 : (uint64_t)(m * 577 % LARGEST + 1);
		memset(data, m, sizeof(data));
		snprintf(name, sizeof(name), "m%d", m);
		ck_assert_int_eq(pb_bundle_add(bundle, name, data, w->size[m]), PB_OK);
	}
	const char *path = scratch_file("models");
	ck_assert_int_eq(pb_bundle_save(bundle, path), PB_OK);
	pb_bundle_free(bundle);
	return path;
}

static void check_data(const struct world *w, const struct pb_view *view, int m)
{
	const unsigned char *data = view->data;
	ck_assert_uint_eq(view->size, w->size[m]);
	for (uint64_t i = 0; i < w->size[m]; i++)
		if (data[i] != m)
			ck_abort_msg("byte %llu of model %d is %d", (unsigned long long)i, m, data[i]);
}

/* The sizes of resident models add up, and models with held views are resident. */
static void check(const struct world *w)
{
	struct pb_stats s = stats_of(w->p);
	uint64_t used = 0, count = 0;
	for (int m = 0; m < MODELS; m++) {
		bool cached = pb_is_cached_at(w->p, (size_t)m);
		ck_assert(cached || !w->pins[m]);
		used += cached ? w->size[m] : 0;
		count += cached;
	}
	ck_assert_uint_eq(s.memory_used, used);
	ck_assert_uint_eq(s.cached_count, count);
	ck_assert_uint_eq(s.hits + s.misses, w->gets);
}

/* Right after a get, only held models and the requested one may exceed the limit. */
static void get(struct world *w, int m, struct pb_view *view)
{
	bool cached = pb_is_cached_at(w->p, (size_t)m);
	ck_assert_int_eq(pb_get_at(w->p, (size_t)m, view), PB_OK);
	w->gets++;
	check_data(w, view, m);
	uint64_t must = w->size[m];
	for (int i = 0; i < MODELS; i++)
		must += w->pins[i] && i != m ? w->size[i] : 0;
	uint64_t used = stats_of(w->p).memory_used;
	ck_assert(cached || used <= w->limit || used <= must);
}

static void hold_or_release(struct world *w, int m)
{
	if (w->held_count < VIEWS) {
		get(w, m, &w->held[w->held_count]);
		w->held_model[w->held_count++] = m;
		w->pins[m]++;
		return;
	}
	while (w->held_count > m % VIEWS) {
		int last = --w->held_count;
		check_data(w, &w->held[last], w->held_model[last]);
		w->pins[w->held_model[last]]--;
		pb_release(&w->held[last]);
	}
}

static void step(struct world *w)
{
	int m = (int)draw(w, draw(w, 4) ? MODELS / 4 : MODELS);
	unsigned int what = draw(w, 200);
	struct pb_view view;
	bool evicted;
	if (what < 160) {
		get(w, m, &view);
		pb_release(&view);
	} else if (what < 175) {
		hold_or_release(w, m);
	} else if (what < 185) {
		ck_assert_int_eq(pb_hint_at(w->p, (size_t)m), PB_OK);
		ck_assert(pb_is_cached_at(w->p, (size_t)m));
	} else if (what < 199) {
		ck_assert_int_eq(pb_evict_at(w->p, (size_t)m, &evicted), w->pins[m] ? PB_ERR_PINNED : PB_OK);
		ck_assert(w->pins[m] || !pb_is_cached_at(w->p, (size_t)m));
	} else {
		ck_assert_int_eq(pb_clear(w->p), w->held_count ? PB_ERR_PINNED : PB_OK);
	}
}

START_TEST(all_adds_up)
{
	static const uint64_t limits[] = { 0, 1500, 9000, 25000 };
	struct world w = { .limit = limits[_i % 4], .seed = (unsigned int)_i + 1 };
	w.p = open_paged(make_models(&w), w.limit, _i % 2, (enum pb_policy)(_i / 4));
	for (int i = 0; i < OPERATIONS; i++) {
		step(&w);
		check(&w);
	}
	while (w.held_count > 0)
		pb_release(&w.held[--w.held_count]);
	memset(w.pins, 0, sizeof(w.pins));
	ck_assert_int_eq(pb_clear(w.p), PB_OK);
	check(&w);
	ck_assert_uint_eq(stats_of(w.p).cached_count, 0);
	ck_assert_int_eq(pb_close(w.p), PB_OK);
}
END_TEST

/* A load that fails: the policy has been shown the miss, and nothing else. */
START_TEST(a_failed_load_changes_nothing)
{
	for (int policy = 0; policy <= PB_POLICY_AUTO; policy++) {
		size_t size;
		const char *path = make_bundle("b", 12, 1000);
		char *bytes = slurp(path, &size);
		struct pb_paged *p = open_paged(path, 5000, false, (enum pb_policy)policy);
		struct pb_view view;
		for (int i = 0; i < 40; i++) {
			ck_assert_int_eq(pb_get_at(p, (size_t)(i * 5 % 7), &view), PB_OK);
			pb_release(&view);
		}
		spill(path, bytes, size - 1); /* changed: every load fails from now on */
		for (int i = 0; i < 40; i++) {
			int err = pb_get_at(p, (size_t)(i * 5 % 12), &view);
			ck_assert(err == PB_OK || err == PB_ERR_CHANGED || err == PB_ERR_TRUNCATED);
			pb_release(&view);
		}
		ck_assert_uint_le(stats_of(p).memory_used, 5000);
		ck_assert_uint_eq(stats_of(p).memory_used, stats_of(p).cached_count * 1000);
		ck_assert_int_eq(pb_clear(p), PB_OK);
		ck_assert_uint_eq(stats_of(p).memory_used, 0);
		pb_close(p);
		free(bytes);
	}
}
END_TEST

Suite *policies_any_suite(void)
{
	Suite *suite = suite_create("policies_any");
	TCase *tc = tcase_create("policies_any");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, scratch_remove);
	tcase_add_loop_test(tc, all_adds_up, 0, (PB_POLICY_AUTO + 1) * 4);
	tcase_add_test(tc, a_failed_load_changes_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}
