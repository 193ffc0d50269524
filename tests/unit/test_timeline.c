/* SPDX-License-Identifier: BSD-2-Clause */
/* Time order over several rings: nothing lost, nothing twice, nothing too early, bounded memory. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/record/timeline.h"

#define RINGS   5
#define RECORDS 20000

/* A record contains, after its header, its index in its ring; its size varies with that. */
struct numbered {
	struct event_header head;
	uint64_t number;
	char rest[64];
};

static uint64_t rest_of(uint64_t number)
{
	return number * 7 % 61; /* odd sizes too */
}

static struct numbered made(uint64_t time_ns, uint64_t number)
{
	struct numbered record = { .number = number };
	record.head.time_ns = time_ns;
	record.head.kind = EVENT_SYSCALL;
	record.head.size = (uint32_t)(offsetof(struct numbered, rest) + rest_of(number));
	memset(record.rest, (int)(number & 0x7f), rest_of(number));
	return record;
}

static struct timeline *timeline;

/* The output, checked as it arrives. */
struct taken {
	uint64_t last_ns, count;
	uint64_t until; /* no newer record may be released */
	int fail_after; /* the take fails at this number of records; 0: never */
	bool seen[RINGS][RECORDS];
};

static struct taken taken;

static int take(void *ctx, const struct event_header *head, unsigned ring)
{
	struct taken *t = ctx;
	const struct numbered *record = (const void *)head;
	ck_assert_uint_lt(ring, RINGS);
	ck_assert_uint_lt(record->number, RECORDS);
	ck_assert_uint_eq(head->size, offsetof(struct numbered, rest) + rest_of(record->number));
	for (uint64_t i = 0; i < rest_of(record->number); i++)
		ck_assert_int_eq(record->rest[i], (char)(record->number & 0x7f));
	ck_assert_uint_ge(head->time_ns, t->last_ns);
	ck_assert_uint_le(head->time_ns, t->until);
	ck_assert(!t->seen[ring][record->number]);
	t->seen[ring][record->number] = true;
	t->last_ns = head->time_ns;
	t->count++;
	return t->fail_after && t->count >= (uint64_t)t->fail_after ? -EIO : 0;
}

static void add(unsigned ring, uint64_t time_ns, uint64_t number)
{
	struct numbered record = made(time_ns, number);
	enum timeline_stream stream = ring % 2 ? TIMELINE_CALLS : TIMELINE_OTHERS;
	ck_assert_int_eq(timeline_add(timeline, ring, stream, &record.head), 0);
}

static int release(uint64_t until_ns)
{
	taken.until = until_ns;
	return timeline_release(timeline, until_ns, take, &taken);
}

static void setup(void)
{
	memset(&taken, 0, sizeof(taken));
	timeline = timeline_new(RINGS);
	ck_assert_ptr_nonnull(timeline);
	ck_assert_uint_eq(timeline_waiting(timeline), 0);
}

static void teardown(void)
{
	timeline_free(timeline);
}

static uint64_t state;

static uint64_t draw(uint64_t bound)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % bound;
}

START_TEST(nothing)
{
	ck_assert_int_eq(release(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.count, 0);
	timeline_free(NULL);
}
END_TEST

/* Records of all rings, each ring nearly in order, arriving in batches; released up to the complete
 * time. */
START_TEST(random_records_come_in_order)
{
	uint64_t added[RINGS] = { 0 }, clock = 1000, total = 0;
	state = (uint64_t)_i * 0x9e3779b97f4a7c15u + 1;
	while (total < RINGS * (uint64_t)RECORDS) {
		uint64_t from = clock;
		clock += 1 + draw(5000);
		for (unsigned ring = 0; ring < RINGS; ring++) {
			/* in any order within the batch: all of it is newer than the last release */
			for (uint64_t n = draw(200); n > 0 && added[ring] < RECORDS; n--, total++)
				add(ring, from + 1 + draw(clock - from), added[ring]++);
		}
		/* sometimes a release that keeps some */
		uint64_t until = draw(3) ? clock : from + draw(clock - from);
		ck_assert_int_eq(release(until), 0);
		if (until == clock) {
			ck_assert_uint_eq(taken.count, total);
			ck_assert_uint_eq(timeline_waiting(timeline), 0);
		}
	}
	ck_assert_int_eq(release(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.count, RINGS * (uint64_t)RECORDS);
	ck_assert_uint_eq(timeline_waiting(timeline), 0);
}
END_TEST

START_TEST(the_newest_wait)
{
	add(0, 100, 0);
	add(1, 200, 0);
	add(0, 300, 1);
	ck_assert_int_eq(release(99), 0);
	ck_assert_uint_eq(taken.count, 0);
	ck_assert_int_eq(release(200), 0);
	ck_assert_uint_eq(taken.count, 2);
	ck_assert_uint_ge(timeline_waiting(timeline), made(300, 1).head.size);
	ck_assert_int_eq(release(299), 0);
	ck_assert_uint_eq(taken.count, 2);
	ck_assert_int_eq(release(300), 0);
	ck_assert_uint_eq(taken.count, 3);
}
END_TEST

/* A program was preempted between reserving its record and stamping it: an out-of-order record within a
 * ring. */
START_TEST(out_of_order_within_a_ring)
{
	add(2, 500, 0);
	add(2, 400, 1);
	add(2, 450, 2);
	add(3, 425, 0);
	add(2, 100, 3);
	add(2, 500, 4);
	ck_assert_int_eq(release(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.count, 6);
}
END_TEST

/* With equal times, each ring's own order of arrival is kept. */
static int take_in_order(void *ctx, const struct event_header *head, unsigned ring)
{
	uint64_t *next = ctx;
	ck_assert_uint_eq(((const struct numbered *)(const void *)head)->number, next[ring]);
	next[ring]++;
	return 0;
}

START_TEST(same_time)
{
	uint64_t next[RINGS] = { 0 };
	for (uint64_t i = 0; i < 100; i++)
		for (unsigned ring = 0; ring < RINGS; ring++)
			add(ring, 1000 + i / 50, i);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take_in_order, next), 0);
	for (unsigned ring = 0; ring < RINGS; ring++)
		ck_assert_uint_eq(next[ring], 100);
}
END_TEST

/* The two rings of a CPU are merged like any two. */
START_TEST(both_rings_of_a_cpu)
{
	for (uint64_t i = 0; i < 300; i++) {
		struct numbered record = made(1000 + i, i);
		enum timeline_stream stream = i % 3 ? TIMELINE_CALLS : TIMELINE_OTHERS;
		ck_assert_int_eq(timeline_add(timeline, 1, stream, &record.head), 0);
	}
	uint64_t next[RINGS] = { 0 };
	ck_assert_int_eq(timeline_release(timeline, 1199, take_in_order, next), 0);
	ck_assert_uint_eq(next[1], 200);
	ck_assert_int_eq(timeline_release(timeline, UINT64_MAX, take_in_order, next), 0);
	ck_assert_uint_eq(next[1], 300);
}
END_TEST

/* A take callback that fails ends the release; the records that it did not get are kept. */
START_TEST(failing_taker)
{
	for (uint64_t i = 0; i < 10; i++)
		add((unsigned)(i % RINGS), 1000 - i, i);
	taken.fail_after = 4;
	ck_assert_int_eq(release(UINT64_MAX), -EIO);
	ck_assert_uint_eq(taken.count, 4);
	taken.fail_after = 0;
	ck_assert_int_eq(release(UINT64_MAX), 0);
	ck_assert_uint_eq(taken.count, 10);
}
END_TEST

/* A ring that is never quite empty: released records do not accumulate. */
START_TEST(bounded_by_what_waits)
{
	size_t most = 0;
	uint64_t time = 0;
	for (uint64_t i = 0; i < RECORDS; i++) {
		add(0, time += 10, i);
		if (i % 10 == 9)
			ck_assert_int_eq(release(time - 50), 0);
		if (timeline_waiting(timeline) > most)
			most = timeline_waiting(timeline);
	}
	ck_assert_uint_ge(taken.count, RECORDS - 16);
	/* 15 records wait at most; up to twice as many bytes may belong to released ones */
	ck_assert_uint_lt(most, 64 * sizeof(struct numbered));
}
END_TEST

Suite *timeline_suite(void)
{
	Suite *suite = suite_create("timeline");
	TCase *tc = tcase_create("timeline");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing);
	tcase_add_loop_test(tc, random_records_come_in_order, 0, 4);
	tcase_add_test(tc, the_newest_wait);
	tcase_add_test(tc, out_of_order_within_a_ring);
	tcase_add_test(tc, same_time);
	tcase_add_test(tc, both_rings_of_a_cpu);
	tcase_add_test(tc, failing_taker);
	tcase_add_test(tc, bounded_by_what_waits);
	suite_add_tcase(suite, tc);
	return suite;
}
