/* SPDX-License-Identifier: BSD-2-Clause */
/* Which load of a bundle an event belongs to. */
#include <linux/io_uring.h>
#include <stdio.h>

#include "tests/suites.h"
#include "made_causes.h"

enum { FIRST = PID + 1, SECOND, THIRD };

static struct file_ref bundle;

static void begin(void)
{
	causes_begin(true, NULL);
	bundle = made_file(7, "/tmp/demo.apbundle");
}

/* A cache event of model m<n>, of 1000 bytes at n * 1000. */
static struct event model_event(uint16_t kind, unsigned n)
{
	static char names[64][8];
	snprintf(names[n % 64], sizeof(names[0]), "m%u", n);
	struct span name = { names[n % 64], (uint32_t)strlen(names[n % 64]), false };
	return made_app(kind, name, n * 1000, 1000, 5000, 0);
}

static struct load_costs ended_costs;

/* The load that ends with this event; its costs are in ended_costs. */
static uint64_t ends(struct event ev, uint32_t tid)
{
	ev.time_ns = cause_now += 1000;
	ev.tid = tid;
	ck_assert_int_eq(cause_take(cause, &ev), 0);
	memset(&ended_costs, 0, sizeof(ended_costs));
	if (ev.costs)
		ended_costs = *ev.costs;
	return ev.load;
}

static struct event read_at(uint64_t offset, int64_t bytes)
{
	return made_io("pread64", bundle, offset, bytes, 300);
}

START_TEST(a_load_owns_its_threads_calls)
{
	begin();
	ck_assert_uint_eq(cause_of(read_at(0, 100), FIRST), 0);
	uint64_t id = cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	ck_assert_uint_ne(id, 0);
	ck_assert_uint_eq(cause_of(model_event(EVENT_APP_EVICT, 9), FIRST), id);
	ck_assert_uint_eq(cause_of(read_at(1000, 600), FIRST), id);
	ck_assert_uint_eq(cause_of(read_at(1600, 400), FIRST), id);
	struct event futex = made_io("futex", made_file(0, ""), 0, 0, 700);
	ck_assert_uint_eq(cause_of(futex, FIRST), id);
	struct event_file_io fill = { .op = FILE_IO_FILL, .count = 1, .start = 0, .bytes = 4096 };
	ck_assert_uint_eq(cause_of(made_sums(bundle, &fill), FIRST), id);
	struct event_file_io wait = { .op = FILE_IO_READ, .wait_ns = 250 };
	ck_assert_uint_eq(cause_of(made_sums(bundle, &wait), FIRST), id);
	/* nothing of these */
	ck_assert_uint_eq(cause_of(futex, SECOND), 0);
	ck_assert_uint_eq(cause_of(model_event(EVENT_APP_EVICT, 9), SECOND), 0);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 1), FIRST), id);
	ck_assert_uint_eq(ended_costs.calls, 2);
	ck_assert_uint_eq(ended_costs.call_bytes, 1000);
	ck_assert_uint_eq(ended_costs.call_ns, 300 + 300 + 700);
	ck_assert_uint_eq(ended_costs.storage_bytes, 4096);
	ck_assert_uint_eq(ended_costs.disk_ns, 250);
	ck_assert_uint_eq(cause_of(read_at(1000, 600), FIRST), 0);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 1), FIRST), 0); /* a second end ends nothing */
	causes_end();
}
END_TEST

START_TEST(other_threads_serve_it_by_range)
{
	begin();
	uint64_t id = cause_of(model_event(EVENT_APP_PREFETCH, 2), FIRST);
	ck_assert_uint_eq(cause_of(made_request(bundle, IORING_OP_READ, 2000, 500, 9, 0), SECOND), id);
	ck_assert_uint_eq(cause_of(read_at(2500, 1000), SECOND), id); /* half of it */
	ck_assert_uint_eq(cause_of(read_at(3000, 1000), SECOND), 0);
	ck_assert_uint_eq(cause_of(read_at(1000, 1000), SECOND), 0);
	struct file_ref other = made_file(8, "/tmp/other.apbundle");
	ck_assert_uint_eq(cause_of(made_io("pread64", other, 2000, 100, 9), SECOND), 0);
	struct event foreign = read_at(2000, 1000);
	foreign.pid++; /* dd on the same file beside */
	ck_assert_uint_eq(cause_of(foreign, THIRD), 0);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 2), FIRST), id);
	ck_assert_uint_eq(ended_costs.requests, 1);
	ck_assert_uint_eq(ended_costs.request_bytes, 500);
	ck_assert_uint_eq(ended_costs.call_bytes, 500);
	causes_end();
}
END_TEST

START_TEST(two_threads_load_at_once)
{
	begin();
	uint64_t a = cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	uint64_t b = cause_of(model_event(EVENT_APP_MISS, 2), SECOND);
	ck_assert_uint_ne(a, b);
	ck_assert_uint_eq(cause_of(read_at(2000, 1000), SECOND), b);
	ck_assert_uint_eq(cause_of(read_at(1000, 1000), FIRST), a);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 2), SECOND), b);
	ck_assert_uint_eq(cause_of(read_at(1000, 10), FIRST), a);
	ck_assert_uint_eq(cause_of(read_at(2000, 10), SECOND), 0);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 1), FIRST), a);
	causes_end();
}
END_TEST

/* pb_get_many(), and pages of a model: misses first, then reads, then ends. */
START_TEST(one_thread_loads_several)
{
	uint64_t ids[4];
	begin();
	for (unsigned i = 0; i < 4; i++)
		ids[i] = cause_of(model_event(EVENT_APP_MISS, i), FIRST);
	ck_assert_uint_eq(cause_of(read_at(0, 2000), FIRST), ids[0]); /* the first two */
	ck_assert_uint_eq(cause_of(made_request(bundle, IORING_OP_READ, 3000, 1000, 9, 0), FIRST), ids[3]);
	ck_assert_uint_eq(cause_of(read_at(2000, 1000), FIRST), ids[2]);
	ck_assert_uint_eq(cause_of(made_io("lseek", bundle, 0, 0, 7), FIRST), ids[3]); /* the last one */
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, i), FIRST), ids[i]);
		ck_assert_uint_eq(ended_costs.call_bytes, i < 3 ? 1000 : 0);
		ck_assert_uint_eq(ended_costs.request_bytes, i < 3 ? 0 : 1000);
		ck_assert_uint_eq(ended_costs.calls, i == 0 || i == 2);
	}
	ck_assert_uint_eq(cause_of(read_at(0, 10), FIRST), 0);
	causes_end();
}
END_TEST

/* A thread whose model another one is loading misses, waits, and has no load of its own. */
START_TEST(who_waits_for_anothers_load)
{
	begin();
	uint64_t a = cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	uint64_t b = cause_of(model_event(EVENT_APP_MISS, 1), SECOND);
	struct event futex = made_io("futex", made_file(0, ""), 0, 0, 700);
	ck_assert_uint_eq(cause_of(futex, SECOND), b);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 1), FIRST), a);
	ck_assert_uint_eq(cause_of(futex, SECOND), 0);
	ck_assert_uint_eq(cause_of(read_at(5000, 10), SECOND), 0);
	/* it was evicted before the second looked: that thread loads it without another miss */
	ck_assert_uint_eq(cause_of(read_at(1000, 1000), SECOND), b);
	ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, 1), SECOND), b);
	ck_assert_uint_eq(ended_costs.call_bytes, 1000);
	/* it was not */
	cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	cause_of(model_event(EVENT_APP_MISS, 1), SECOND);
	ends(model_event(EVENT_APP_LOAD, 1), FIRST);
	cause_of(model_event(EVENT_APP_HIT, 2), SECOND);
	ck_assert_uint_eq(cause_of(read_at(1000, 1000), SECOND), 0);
	causes_end();
}
END_TEST

START_TEST(other_ends)
{
	begin();
	uint64_t id = cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	ck_assert_uint_eq(ends(made_app(EVENT_APP_ERROR, SPAN("m2"), EIO, 0, 0, 0), FIRST), 0);
	ck_assert_uint_eq(ends(made_app(EVENT_APP_ERROR, SPAN("m1"), EIO, 0, 0, 0), FIRST), id);
	ck_assert_uint_eq(cause_of(read_at(1000, 10), FIRST), 0);

	cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	cause_of(model_event(EVENT_APP_MISS, 2), SECOND);
	cause_of(made(EVENT_EXIT, 1), FIRST);
	ck_assert_uint_eq(cause_of(read_at(1000, 10), FIRST), 0);
	ck_assert_uint_ne(cause_of(read_at(2000, 10), SECOND), 0);
	cause_of(made(EVENT_EXEC, 1), SECOND);
	ck_assert_uint_eq(cause_of(read_at(2000, 10), SECOND), 0);

	cause_of(model_event(EVENT_APP_MISS, 1), FIRST);
	cause_gap(cause);
	ck_assert_uint_eq(cause_of(read_at(1000, 10), FIRST), 0);

	cause_of(model_event(EVENT_APP_PREFETCH, 1), FIRST); /* the bundle's own thread gives up */
	cause_of(made_app(EVENT_APP_CLOSE, (struct span){ 0 }, 0, 0, 0, 0), SECOND);
	ck_assert_uint_eq(cause_of(read_at(1000, 10), FIRST), 0);
	causes_end();
}
END_TEST

START_TEST(memory_is_bounded)
{
	begin();
	for (unsigned i = 0; i < 10000; i++)
		cause_of(model_event(EVENT_APP_MISS, 1), 10000 + i);
	ck_assert_uint_eq(cause_of(model_event(EVENT_APP_MISS, 1), FIRST), 0);
	cause_gap(cause);
	ck_assert_uint_ne(cause_of(model_event(EVENT_APP_MISS, 1), FIRST), 0);
	causes_end();
}
END_TEST

/* Threads that load at random, beside threads of other processes that read the same file: the truth is known. */
enum { THREADS = 6, MODELS = 40, STEPS = 20000 };

struct truth {
	uint64_t id; /* 0: not in a load */
	unsigned model;
	uint64_t bytes, calls, ns;
};

static void step(struct truth *t, uint32_t tid, bool taken[MODELS])
{
	unsigned model = (unsigned)rand() % MODELS;
	if (!t->id && !taken[model] && rand() % 3 == 0) {
		*t = (struct truth){ .model = model };
		taken[model] = true;
		t->id = cause_of(model_event(rand() % 2 ? EVENT_APP_MISS : EVENT_APP_PREFETCH, model), tid);
		ck_assert_uint_ne(t->id, 0);
	} else if (!t->id) {
		/* of no load: bytes behind all models */
		ck_assert_uint_eq(cause_of(read_at(MODELS * 1000 + 5, 100), tid), 0);
	} else if (rand() % 4) {
		int64_t bytes = 1 + rand() % 500;
		ck_assert_uint_eq(cause_of(read_at(t->model * 1000, bytes), tid), t->id);
		t->bytes += (uint64_t)bytes, t->calls++, t->ns += 300;
	} else {
		ck_assert_uint_eq(ends(model_event(EVENT_APP_LOAD, t->model), tid), t->id);
		ck_assert_uint_eq(ended_costs.call_bytes, t->bytes);
		ck_assert_uint_eq(ended_costs.calls, t->calls);
		ck_assert_uint_eq(ended_costs.call_ns, t->ns);
		t->id = 0;
		taken[t->model] = false;
	}
}

START_TEST(random_loads)
{
	struct truth truth[THREADS] = { 0 };
	bool taken[MODELS] = { false };
	begin();
	srand((unsigned)_i + 1);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned thread = (unsigned)rand() % (THREADS + 1);
		if (thread < THREADS) {
			step(&truth[thread], FIRST + thread, taken);
			continue;
		}
		struct event dd = read_at((uint64_t)(rand() % (MODELS * 1000)), 1 + rand() % 3000);
		dd.pid = PID + 500;
		ck_assert_uint_eq(cause_of(dd, PID + 500), 0);
	}
	causes_end();
}
END_TEST

Suite *cause_suite(void)
{
	Suite *suite = suite_create("cause");
	TCase *tc = tcase_create("bundles");
	tcase_add_test(tc, a_load_owns_its_threads_calls);
	tcase_add_test(tc, other_threads_serve_it_by_range);
	tcase_add_test(tc, two_threads_load_at_once);
	tcase_add_test(tc, one_thread_loads_several);
	tcase_add_test(tc, who_waits_for_anothers_load);
	tcase_add_test(tc, other_ends);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_loop_test(tc, random_loads, 0, 10);
	suite_add_tcase(suite, tc);
	return suite;
}
