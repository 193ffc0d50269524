/* SPDX-License-Identifier: BSD-2-Clause */
/* The Trace Event format: which slices nest, and which records belong together. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "tests/suites.h"
#include "user/sink/chrome_sink.h"
#include "user/tables/summary.h"
#include "user/sink/tracks.h"
#include "chrome_check.h"
#include "made_event.h"

enum { BASE = 1000000 }; /* when the runs here start, on the events' clock */

static struct out out;
static struct sink *sink;
static struct summary *summary;
static char *text;
static cJSON *json;
static struct chrome chrome;

static void begin(void)
{
	static const char *const command[] = { "./demo", "a \"b\"", NULL };
	static const struct run_start start = { command, 1700000000000000000 + BASE, 1700000000000000000,
		NULL };
	out = made_out();
	summary = summary_new();
	sink = chrome_sink_new(&out, &start);
	ck_assert_ptr_nonnull(sink);
}

static void feed(struct event ev)
{
	ck_assert_int_eq(sink->event(sink, &ev), 0);
	summary_event(summary, &ev);
}

static void end(struct run_result result)
{
	result.summary = summary;
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	summary_free(summary);
	text = written(&out);
	json = cJSON_Parse(text);
	ck_assert_msg(json != NULL, "not JSON: %s", text);
	chrome = chrome_check(json);
}

static void done(void)
{
	chrome_free(&chrome);
	cJSON_Delete(json);
	free(text);
}

/* Times are after BASE. */
static void feed_call(uint32_t tid, uint64_t from, uint64_t to)
{
	struct event ev = made_lseek();
	ev.tid = tid;
	ev.time_ns = BASE + to;
	ev.duration_ns = to - from;
	feed(ev);
}

static struct event app_at(uint16_t kind, uint64_t ns, uint64_t c, uint64_t d)
{
	struct event ev = made_app(kind, SPAN("encoder"), 124, 500, c, d);
	ev.time_ns = BASE + ns;
	return ev;
}

static void feed_app(uint16_t kind, uint64_t ns, uint64_t c, uint64_t d)
{
	feed(app_at(kind, ns, c, d));
}

static const struct slice *slice(const char *name)
{
	for (int i = 0; i < chrome.slice_count; i++)
		if (strcmp(chrome.slices[i].name, name) == 0)
			return &chrome.slices[i];
	ck_abort_msg("no slice %s", name);
	return NULL;
}

static int inside(const struct slice *outer)
{
	int count = 0;
	for (int i = 0; i < chrome.slice_count; i++)
		count += chrome.slices[i].parent == outer - chrome.slices;
	return count;
}

/* The values of the counter, in order. */
static void counter_is(const double values[], int count)
{
	const cJSON *record;
	int i = 0;
	cJSON_ArrayForEach(record, chrome.records)
	{
		if (strcmp(cJSON_GetObjectItem(record, "ph")->valuestring, "C") != 0)
			continue;
		ck_assert_int_lt(i, count);
		ck_assert(cJSON_GetObjectItem(cJSON_GetObjectItem(record, "args"), "bytes")->valuedouble ==
			  values[i]);
		i++;
	}
	ck_assert_int_eq(i, count);
}

/* When each end of the n-th asynchronous slice is. */
static double async_at(const char *phase, int n)
{
	const cJSON *record;
	cJSON_ArrayForEach(record, chrome.records)
	{
		if (strcmp(cJSON_GetObjectItem(record, "ph")->valuestring, phase) != 0 ||
			cJSON_GetObjectItem(record, "id")->valueint != n)
			continue;
		ck_assert_str_eq(cJSON_GetObjectItem(record, "cat")->valuestring, "uring");
		ck_assert_str_eq(cJSON_GetObjectItem(record, "name")->valuestring, "uring_read");
		return cJSON_GetObjectItem(record, "ts")->valuedouble;
	}
	return -1;
}

/* Two that overlap do not have to nest, neither in each other nor with calls. */
START_TEST(requests_of_io_uring)
{
	begin();
	struct event ev = made_uring();
	ev.time_ns = BASE + 9000;
	feed_call(PID, 7000, 8000);
	feed(ev);
	ev.time_ns = BASE + 10000;
	feed(ev);
	ev.duration_ns = NO_DURATION;
	feed(ev);
	end((struct run_result){ .events = 4 });
	ck_assert(async_at("b", 1) == 6 && async_at("e", 1) == 9);
	ck_assert(async_at("b", 2) == 7 && async_at("e", 2) == 10);
	ck_assert_int_eq(chrome_count(&chrome, "b", "uring_read"), 2);
	ck_assert_int_eq(chrome_count(&chrome, "i", "uring_read"), 1);
	done();
}
END_TEST

START_TEST(a_load)
{
	begin();
	feed_call(PID, 1000, 1500);
	feed_app(EVENT_APP_MISS, 2000, 0, 0);
	feed_call(PID, 3000, 3600);
	feed_call(PID, 4000, 8000);
	feed_app(EVENT_APP_LOAD, 9000, 6500, 0);
	feed_call(PID, 9500, 9600);
	feed_app(EVENT_APP_HIT, 10000, 0, 0);
	feed_app(EVENT_APP_EVICT, 11000, 0, 0);
	end((struct run_result){ .events = 8 });
	const struct slice *load = slice("load encoder"), *miss = slice("miss encoder");
	ck_assert_int_eq(load->from, 9000 - 6500);
	ck_assert_int_eq(load->to, 9000);
	ck_assert_int_eq(inside(load), 2);
	ck_assert_int_eq(miss->from, 2000);
	ck_assert_int_eq(miss->to, 2001);
	ck_assert_int_eq(load->parent, -1);
	ck_assert_int_eq(chrome.arrows, 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "hit encoder"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "evict encoder"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "M", "process_name"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "M", "thread_name"), 1);
	counter_is((const double[]){ 500, 0 }, 2);
	const cJSON *args = cJSON_GetObjectItem(load->record, "args");
	ck_assert_str_eq(cJSON_GetObjectItem(args, "model")->valuestring, "encoder");
	ck_assert_str_eq(cJSON_GetObjectItem(args, "cause")->valuestring, "demand");
	const cJSON *other = cJSON_GetObjectItem(json, "otherData");
	ck_assert_str_eq(
		cJSON_GetArrayItem(cJSON_GetObjectItem(other, "command"), 1)->valuestring, "a \"b\"");
	ck_assert(
		cJSON_GetObjectItem(cJSON_GetObjectItem(other, "summary"), "total_events")->valuedouble == 8);
	done();
}
END_TEST

/* The probe reports the load 2.9 us after its end: by its duration alone it would begin after its lseek. */
START_TEST(a_late_probe)
{
	begin();
	feed_call(PID, 100, 900); /* not the load's */
	feed_app(EVENT_APP_MISS, 1000, 0, 0);
	feed_call(PID, 2000, 2600);
	feed_call(PID, 3000, 3900);
	feed_app(EVENT_APP_LOAD, 6946, 2047, 0); /* from 1950 to 3997 */
	end((struct run_result){ 0 });
	const struct slice *load = slice("load encoder");
	ck_assert_int_eq(inside(load), 2);
	ck_assert_int_eq(load->from, 1999);
	ck_assert_int_eq(load->to, 6946);
	done();
}
END_TEST

/* Without the event of the miss, the load's duration says when it began: the calls before stay outside. */
START_TEST(calls_before_a_load_are_not_in_it)
{
	begin();
	for (uint64_t t = 1000; t < 400000; t += 1000) /* more than are kept one by one */
		feed_call(PID, t, t + 900);
	for (uint64_t t = 500000; t < 560000; t += 1000)
		feed_call(PID, t, t + 900);
	feed_app(EVENT_APP_LOAD, 561000, 62000, 0);
	end((struct run_result){ 0 });
	const struct slice *load = slice("load encoder");
	ck_assert_int_eq(inside(load), 60);
	ck_assert_int_eq(load->from, 499000);
	ck_assert_int_eq(chrome.arrows, 0);
	done();
}
END_TEST

/* Threads whose loads, calls and delays are drawn: every call of a load is inside it, all others are
 * not. */
static void random_thread(uint32_t tid, unsigned *seed, int *calls_inside)
{
	uint64_t t = 1000;
	for (int i = 0; i < 60; i++) {
		int calls = rand_r(seed) % 40;
		for (int k = 0; k < rand_r(seed) % 50; k++, t += 1500)
			feed_call(tid, t, t + 1 + (uint64_t)rand_r(seed) % 1400);
		struct event ev = app_at(EVENT_APP_MISS, t += 500, 0, 0);
		ev.tid = tid;
		feed(ev);
		uint64_t from = t += 600;
		for (int k = 0; k < calls; k++, t += 1500)
			feed_call(tid, t + 10, t + 11 + (uint64_t)rand_r(seed) % 1400);
		t += 20;
		ev = app_at(EVENT_APP_LOAD, t + (uint64_t)rand_r(seed) % 5000, t - from, 0);
		t += 6000;
		ev.tid = tid;
		feed(ev);
		*calls_inside += calls;
	}
}

START_TEST(any_load_holds_its_calls)
{
	unsigned seed = (unsigned)_i + 1;
	int expected = 0, found = 0;
	begin();
	random_thread(PID, &seed, &expected);
	random_thread(PID + 1, &seed, &expected);
	end((struct run_result){ 0 });
	for (int i = 0; i < chrome.slice_count; i++)
		if (strcmp(chrome.slices[i].name, "load encoder") == 0)
			found += inside(&chrome.slices[i]);
	ck_assert_int_eq(found, expected);
	ck_assert_int_eq(chrome.arrows, 120);
	ck_assert_int_eq(chrome_count(&chrome, "X", "load "), 120);
	done();
}
END_TEST

/* Whatever numbers a program passes to its probes, slices nest and no time is negative. */
START_TEST(durations_that_cannot_be)
{
	unsigned seed = (unsigned)_i + 1;
	begin();
	uint64_t t = 100;
	for (int i = 0; i < 500; i++) {
		int what = rand_r(&seed) % 4;
		t += 10 + (uint64_t)rand_r(&seed) % 3000;
		uint64_t took = rand_r(&seed) % 3 ? (uint64_t)rand_r(&seed) % 100000
						  : UINT64_MAX - (uint64_t)(rand_r(&seed) % 3);
		struct event ev = made_lseek();
		if (what == 0)
			ev = app_at(EVENT_APP_MISS, 0, 0, 0);
		else if (what == 1)
			ev = app_at(EVENT_APP_LOAD, 0, took, (uint64_t)rand_r(&seed));
		else
			ev.duration_ns = took;
		ev.time_ns = BASE + t;
		feed(ev);
	}
	end((struct run_result){ 0 });
	ck_assert_int_gt(chrome.slice_count, 300);
	done();
}
END_TEST

START_TEST(what_is_resident)
{
	begin();
	feed_app(EVENT_APP_OPEN, 1000, 0, 0);
	feed_app(EVENT_APP_LOAD, 2000, 10, 0);
	feed_app(EVENT_APP_LOAD, 3000, 10, 0);
	feed_app(EVENT_APP_EVICT, 4000, 0, 700);
	struct event ev = app_at(EVENT_APP_LOAD, 5000, 10, 0);
	ev.app.args[APP_SIZE] = UINT64_MAX; /* more than exist */
	feed(ev);
	feed_app(EVENT_APP_CLOSE, 6000, 0, 0);
	feed_app(EVENT_APP_LOAD, 7000, 10, 0);
	ev = made(EVENT_EXIT, BASE + 8000);
	feed(ev);
	end((struct run_result){ 0 });
	counter_is((const double[]){ 0, 500, 1000, 700, (double)UINT64_MAX, 0, 500, 0 }, 8);
	ck_assert_int_eq(chrome_count(&chrome, "i", "exit 0"), 1);
	done();
}
END_TEST

/* An arrow needs the miss of the same model and thread. */
START_TEST(misses_without_their_load)
{
	begin();
	feed_app(EVENT_APP_MISS, 1000, 0, 0);
	struct event ev = app_at(EVENT_APP_LOAD, 2000, 10, 0);
	ev.app.args[APP_OFFSET] = 999;
	feed(ev);
	ev = app_at(EVENT_APP_LOAD, 3000, 10, 0);
	ev.tid = PID + 1;
	feed(ev);
	feed_app(EVENT_APP_MISS, 4000, 0, 0);
	end((struct run_result){ 0 });
	ck_assert_int_eq(chrome.arrows, 0);
	ck_assert_int_eq(chrome_count(&chrome, "X", "miss "), 2);
	done();
}
END_TEST

START_TEST(processes)
{
	begin();
	struct event ev = made(EVENT_EXEC, BASE + 1);
	ev.process = (struct process_event){
		.argc = 1, .file = SPAN("/bin/demo"), .argv = SPAN("demo\0"), .comm = SPAN("demo")
	};
	feed(ev);
	ev = made(EVENT_FORK, BASE + 2);
	ev.process =
		(struct process_event){ .child_pid = PID + 1, .child_tid = PID + 1, .comm = SPAN("child") };
	feed(ev);
	ev = made(EVENT_EXIT, BASE + 3);
	ev.pid = ev.tid = PID + 1;
	ev.process.status = SIGKILL;
	feed(ev);
	ev = made(EVENT_SYSCALL, BASE + 4);
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number("exit_group") };
	ev.lost_before = 5;
	feed(ev);
	end((struct run_result){ .lost[EVENT_SYSCALL][LOST_RING_FULL] = 5 });
	ck_assert_ptr_nonnull(strstr(text, "\"name\":\"process_name\",\"args\":{\"name\":\"demo\"}"));
	ck_assert_ptr_nonnull(strstr(text, "\"name\":\"process_name\",\"args\":{\"name\":\"child\"}"));
	ck_assert_int_eq(chrome_count(&chrome, "i", "exec /bin/demo"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "fork 1235"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "exit SIGKILL"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "exit_group"), 1); /* no duration: no slice */
	ck_assert_int_eq(chrome_count(&chrome, "i", "5 events lost here"), 1);
	ck_assert_ptr_nonnull(strstr(text, "\"by_kind\":{\"syscall\":5}"));
	done();
}
END_TEST

START_TEST(hostile_names)
{
	static const char bad[] = "\"},\\\n\001\033[2J\177\xff</script>\xc3\xa9";
	struct span name = { .data = bad, .len = sizeof(bad) - 1 };
	begin();
	for (unsigned probe = 0; probe < PROBES_COUNT; probe++) {
		uint16_t kind = KIND_OF_PROBE(probe);
		struct event ev = made_app(kind, name, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX);
		ev.time_ns = BASE + 1000u * kind;
		ev.app.bundle_path = name;
		feed(ev);
		ev.app.name = (struct span){ 0 };
		ev.time_ns++;
		feed(ev);
	}
	struct event ev = made(EVENT_EXEC, BASE + 50000);
	ev.process = (struct process_event){ .file = name, .argv = name, .comm = name };
	feed(ev);
	end((struct run_result){ 0 });
	ck_assert_int_eq(
		chrome_count(&chrome, "i", "hit \"},\\\n\001\033[2J\177\xef\xbf\xbd</script>\xc3\xa9"), 1);
	ck_assert_int_eq(chrome_count(&chrome, "i", "evict ?"), 1);
	done();
}
END_TEST

START_TEST(nothing_happened)
{
	begin();
	end((struct run_result){ 0 });
	ck_assert_int_eq(cJSON_GetArraySize(chrome.records), 0);
	done();
}
END_TEST

/* Unbounded numbers of threads and bundles. */
START_TEST(memory_is_bounded)
{
	struct tracks tracks = { 0 };
	bool made;
	for (uint32_t i = 1; i < 100000; i++) {
		struct event ev = app_at(EVENT_APP_LOAD, i, 10, 0);
		uint64_t bytes;
		ev.pid = i;
		ck_assert_ptr_nonnull(tracks_get(&tracks, i, i, &made));
		ck_assert(made && tracks_resident(&tracks, &ev, &bytes) && bytes == 500);
	}
	ck_assert_uint_eq(HASH_COUNT(tracks.threads), TRACKS_THREADS);
	ck_assert_uint_eq(HASH_COUNT(tracks.bundles), TRACKS_BUNDLES);
	tracks_get(&tracks, 99999, 99999, &made);
	ck_assert(!made); /* the newest are kept */
	tracks_get(&tracks, 1, 1, &made);
	ck_assert(made);
	tracks_free(&tracks);

	begin();
	for (int i = 0; i < 50000; i++)
		feed(made_lseek());
	ck_assert_uint_lt(out.text.cap, 512 * 1024);
	end((struct run_result){ 0 });
	done();
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	struct run_start start = { 0 };
	out = full_out();
	sink_meets_full_disk(chrome_sink_new(&out, &start), &out);
}
END_TEST

Suite *chrome_sink_suite(void)
{
	Suite *suite = suite_create("chrome_sink");
	TCase *tc = tcase_create("chrome_sink");
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_load);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, a_late_probe);
	tcase_add_test(tc, calls_before_a_load_are_not_in_it);
	tcase_add_loop_test(tc, any_load_holds_its_calls, 0, 20);
	tcase_add_loop_test(tc, durations_that_cannot_be, 0, 20);
	tcase_add_test(tc, what_is_resident);
	tcase_add_test(tc, misses_without_their_load);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, hostile_names);
	tcase_add_test(tc, nothing_happened);
	tcase_add_test(tc, memory_is_bounded);
	tcase_add_test(tc, a_full_disk_is_reported);
	suite_add_tcase(suite, tc);
	return suite;
}
