/* SPDX-License-Identifier: BSD-2-Clause */
/* bundletop's state, fed with constructed events: thrash, the limit it needs, and false counts. */
#include <stdio.h>
#include <string.h>

#include "user/bundletop/advice.h"
#include "user/base/units.h"
#include "tests/suites.h"

#define S 1000000000ull /* a second */

static struct state *state;

static void start(void)
{
	state = state_new(10 * S, NULL);
	ck_assert_ptr_nonnull(state);
	state->now_ns = 100 * S;
}

static void end(void)
{
	state_free(state);
}

/* Arguments after the name, as in docs/usdt.md. */
static void tell(unsigned kind, uint64_t time_ns, const char *name, const uint64_t args[APP_ARGS])
{
	struct event ev = { .time_ns = time_ns, .pid = 7, .tid = 7, .kind = (uint16_t)kind };
	ev.app.bundle = 1;
	if (name)
		ev.app.name = (struct span){ name, (uint32_t)strlen(name), false };
	memcpy(ev.app.args, args, sizeof(ev.app.args));
	state_event(state, &ev, "loader");
}
#define TELL(kind, time, name, ...) tell(kind, time, name, (const uint64_t[APP_ARGS]){ __VA_ARGS__ })

static void opened(uint64_t limit)
{
	TELL(EVENT_APP_OPEN, 100 * S, "/a/b.apbundle", 3, 100, limit, 0x1000);
}

/* A miss and its load; `evicts` is evicted before it. */
static void loaded(uint64_t time_ns, const char *name, uint64_t size, const char *evicts)
{
	TELL(EVENT_APP_MISS, time_ns, name, 100, size);
	if (evicts)
		TELL(EVENT_APP_EVICT, time_ns + 1, evicts, 100, size, 0, 0);
	TELL(EVENT_APP_LOAD, time_ns + 2, name, 100, size, 5000, 0);
}

static struct bundle *the_bundle(void)
{
	struct bundle *bundle = state_bundle(state, 7, 1);
	ck_assert_ptr_nonnull(bundle);
	return bundle;
}

START_TEST(thrash_within_the_window)
{
	opened(1500);
	loaded(101 * S, "a", 1000, NULL);
	loaded(102 * S, "b", 1000, "a");
	state_end(state, 103 * S);
	/* evicted, but not requested again */
	ck_assert_uint_eq(the_bundle()->thrash.models, 0);
	TELL(EVENT_APP_POLICY, 103 * S, "S3-FIFO", 0, 5); /* not the name of any model */
	ck_assert_uint_eq(HASH_COUNT(the_bundle()->models), 2);
	loaded(104 * S, "a", 1000, "b");
	state_end(state, 105 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 1);
	ck_assert_uint_eq(the_bundle()->thrash.distinct, 2);
	ck_assert_uint_eq(the_bundle()->thrash.needed, 2000);
	ck_assert(!the_bundle()->thrash.fits);
	ck_assert_uint_eq(state->thrashing, 1);
	ck_assert_uint_eq(the_bundle()->total.reloads, 1);

	struct text t = { 0 };
	advice_text(&t, state, the_bundle());
	text_char(&t, '\0');
	ck_assert_str_eq(t.data, "limit 1.5K, needs 2.0K for the 2 models asked for in 10 s (1 reloaded)");
	text_free(&t);

	/* the eviction was at 102 s: before the window */
	state_end(state, 113 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 0);
}
END_TEST

START_TEST(an_explicit_eviction_is_no_thrash)
{
	opened(1500);
	loaded(101 * S, "a", 1000, NULL);
	TELL(EVENT_APP_EVICT, 102 * S, "a", 100, 1000, 1, 0);
	loaded(103 * S, "a", 1000, NULL);
	state_end(state, 104 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 0);
	ck_assert_uint_eq(the_bundle()->total.reloads, 1);
}
END_TEST

START_TEST(sums_do_not_wrap)
{
	opened(1500);
	loaded(101 * S, "a", UINT64_MAX, NULL);
	loaded(102 * S, "b", UINT64_MAX - 1, "a");
	loaded(103 * S, "a", UINT64_MAX, "b");
	state_end(state, 104 * S);
	ck_assert_uint_eq(the_bundle()->thrash.needed, UINT64_MAX);
	ck_assert_uint_eq(the_bundle()->total.bytes_loaded, UINT64_MAX);
}
END_TEST

START_TEST(counts_that_go_back)
{
	struct cache_counts now = { .hits = 5, .misses = 7 }, before = { .hits = 9, .misses = 3 };
	struct cache_counts delta = cache_counts_since(&now, &before);
	ck_assert_uint_eq(delta.hits, 0);
	ck_assert_uint_eq(delta.misses, 4);
	ck_assert(cache_counts_hit_rate(&(struct cache_counts){ 0 }) < 0);
	ck_assert_double_eq_tol(
		cache_counts_hit_rate(&(struct cache_counts){ .hits = UINT64_MAX, .misses = UINT64_MAX }),
		0.5, 1e-9);
}
END_TEST

/* Each of the ten counts, by the events that change it; a miss on an evicted model is a reload. */
START_TEST(counts_of_events)
{
	struct event ev = { .kind = EVENT_APP_LOAD, .app.args = { [APP_SIZE] = 10, [APP_LOAD_CAUSE] = 1 } };
	struct cache_counts c = { .bytes_loaded = UINT64_MAX - 15 };
	cache_counts_event(&c, &ev, false);
	cache_counts_event(&c, &ev, false);
	ck_assert_uint_eq(c.loads, 2);
	ck_assert_uint_eq(c.prefetched, 2);
	ck_assert_uint_eq(c.bytes_loaded, UINT64_MAX);
	for (uint64_t reason = 0; reason < 4; reason++) {
		ev = (struct event){ .kind = EVENT_APP_EVICT, .app.args = { [APP_EVICT_REASON] = reason } };
		cache_counts_event(&c, &ev, false);
	}
	ck_assert_uint_eq(c.evictions, 2);
	ev.kind = EVENT_APP_MISS;
	cache_counts_event(&c, &ev, false);
	cache_counts_event(&c, &ev, true);
	ck_assert_uint_eq(c.misses, 2);
	ck_assert_uint_eq(c.reloads, 1);
	ev.kind = EVENT_APP_HIT;
	cache_counts_event(&c, &ev, true);
	ev.kind = EVENT_APP_ERROR;
	cache_counts_event(&c, &ev, true);
	ev.kind = EVENT_APP_POLICY;
	cache_counts_event(&c, &ev, true);
	ck_assert_uint_eq(cache_counts_gets(&c), 3);
	ck_assert_uint_eq(c.errors, 1);
	ck_assert_uint_eq(c.used + c.wasted, 0);
}
END_TEST

START_TEST(counts_of_models)
{
	const uint64_t now[MODEL_COUNTS] = {
		[MODEL_HITS] = 9, [MODEL_LOADS] = 3, [MODEL_SIZE] = 1000, [MODEL_USED] = 2
	};
	const uint64_t before[MODEL_COUNTS] = {
		[MODEL_HITS] = 4, [MODEL_LOADS] = 1, [MODEL_SIZE] = 1000, [MODEL_USED] = 3
	};
	struct cache_counts c = cache_counts_of_model(now, before);
	ck_assert_uint_eq(c.hits, 5);
	ck_assert_uint_eq(c.bytes_loaded, 2000);
	ck_assert_uint_eq(c.used, 0); /* the counter decreased */
	c = cache_counts_of_model(now, NULL);
	ck_assert_uint_eq(c.bytes_loaded, 3000);
	ck_assert_uint_eq(c.used, 2);
	c = cache_counts_of_model(
		(const uint64_t[MODEL_COUNTS]){ [MODEL_LOADS] = 1ull << 40, [MODEL_SIZE] = 1ull << 40 },
		NULL);
	ck_assert_uint_eq(c.bytes_loaded, UINT64_MAX);
}
END_TEST

/* The same id again: another program in the same process, whose close was not recorded. */
START_TEST(opened_again)
{
	opened(1500);
	loaded(101 * S, "a", 1000, NULL);
	TELL(EVENT_APP_OPEN, 102 * S, "/c", 3, 100, 2000, 0x2000);
	ck_assert_uint_eq(HASH_COUNT(state->bundles), 1);
	ck_assert_str_eq(the_bundle()->path, "/c");
	ck_assert_uint_eq(the_bundle()->total.misses, 0);
}
END_TEST

START_TEST(what_has_ended_is_forgotten)
{
	opened(1500);
	loaded(101 * S, "a", 1000, NULL);
	size_t room = state->room;
	loaded(101 * S, "b", 1000, "a");
	loaded(101 * S, "a", 1000, "b");
	state_end(state, 102 * S);
	ck_assert_uint_eq(state->open, 1);
	ck_assert_uint_eq(state->thrashing, 1);
	ck_assert_str_eq(bundle_state_word(the_bundle()), "THRASH");
	loaded(102 * S, "b", 1000, "a");
	state_process_ended(state, 7, 102 * S);
	state_end(state, 103 * S);
	ck_assert_int_eq(the_bundle()->end, BUNDLE_ENDED);
	ck_assert_uint_eq(state->open, 0);
	ck_assert_uint_eq(state->thrashing, 0);
	ck_assert_str_eq(bundle_state_word(the_bundle()), "ended");
	ck_assert_uint_eq(the_bundle()->last.misses, 1);
	state_forget(state, 5 * S);
	ck_assert_ptr_nonnull(state_bundle(state, 7, 1));
	state_forget(state, 0);
	ck_assert_ptr_null(state->bundles);
	ck_assert_uint_gt(state->room, room);
	ck_assert_uint_eq(state->room, STATE_BYTES);
}
END_TEST

START_TEST(no_more_bundles_than_there_is_room_for)
{
	struct event ev = { .kind = EVENT_APP_OPEN, .pid = 7 };
	ev.app.name = (struct span){ "/x", 2, false };
	for (uint64_t i = 0; i < STATE_BUNDLES + 10; i++) {
		ev.app.bundle = i + 1;
		state_event(state, &ev, "loader");
	}
	ck_assert_uint_le(HASH_COUNT(state->bundles), STATE_BUNDLES);
	ck_assert_uint_eq(HASH_COUNT(state->bundles) + state->left_out, STATE_BUNDLES + 10);
}
END_TEST

static const struct {
	uint64_t bytes;
	const char *down, *up;
} sizes[] = { { 0, "0", "0" }, { 1023, "1023", "1023" }, { 1024, "1.0K", "1.0K" },
	{ 17 * 65536, "1.1M", "1.1M" }, { (1 << 20) + 1, "1.0M", "1.1M" }, { 100 << 20, "100M", "100M" },
	{ (100 << 20) + 1, "100M", "101M" }, { UINT64_MAX, "16E", "16E" } };

START_TEST(units)
{
	struct text t = { 0 };
	unit_bytes(&t, sizes[_i].bytes);
	text_char(&t, '/');
	unit_bytes_up(&t, sizes[_i].bytes);
	text_char(&t, '\0');
	char expected[32];
	snprintf(expected, sizeof(expected), "%s/%s", sizes[_i].down, sizes[_i].up);
	ck_assert_str_eq(t.data, expected);
	text_free(&t);
}
END_TEST

/* When no events are recorded, the counters have to show it. */
START_TEST(thrash_by_the_counters)
{
	uint64_t loads[LATENCY_POWERS] = { [10] = 3 };
	opened(1500);
	state_step(state, 100 * S, 0, true);
	struct model *model = bundle_model(state, the_bundle(), "a", 1);
	model->size = 2000;
	model->total.misses = model->total.loads = 1;
	state_end(state, 101 * S);
	model->total.evictions = 1;
	state_end(state, 102 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 0);
	model->total.misses = model->total.loads = 2;
	model->total.reloads = 1;
	state_end(state, 103 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 1);
	ck_assert_uint_eq(the_bundle()->thrash.needed, 2000);
	ck_assert_uint_eq(model->evicted_ns, 102 * S);
	ck_assert_uint_eq(model->reason, REASON_UNKNOWN);
	ck_assert_uint_eq(model->loaded_ns, 103 * S);
	state_end(state, 113 * S);
	ck_assert_uint_eq(the_bundle()->thrash.models, 0);

	state_loads(state, 7, 1, loads);
	state_loads(state, 8, 1, loads); /* of an unknown process */
	ck_assert_uint_eq(the_bundle()->load_ns.count, 3);
	ck_assert_uint_ge(latency_percentile(&the_bundle()->load_ns, 50), 1024);
	ck_assert_uint_lt(latency_percentile(&the_bundle()->load_ns, 99), 2048);
}
END_TEST

Suite *top_suite(void)
{
	Suite *suite = suite_create("top");
	TCase *tc = tcase_create("top");
	tcase_add_checked_fixture(tc, start, end);
	tcase_add_test(tc, thrash_within_the_window);
	tcase_add_test(tc, an_explicit_eviction_is_no_thrash);
	tcase_add_test(tc, thrash_by_the_counters);
	tcase_add_test(tc, sums_do_not_wrap);
	tcase_add_test(tc, counts_that_go_back);
	tcase_add_test(tc, counts_of_events);
	tcase_add_test(tc, counts_of_models);
	tcase_add_test(tc, opened_again);
	tcase_add_test(tc, what_has_ended_is_forgotten);
	tcase_add_test(tc, no_more_bundles_than_there_is_room_for);
	tcase_add_loop_test(tc, units, 0, (int)(sizeof(sizes) / sizeof(*sizes)));
	suite_add_tcase(suite, tc);
	return suite;
}
