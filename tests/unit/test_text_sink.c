/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of the timeline. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "tests/suites.h"
#include "user/sink/text_sink.h"
#include "made_event.h"

static struct text_options options;
static struct out out;
static struct sink *sink;

static void begin(void)
{
	out = made_out();
	sink = text_sink_new(&out, &options);
	ck_assert_ptr_nonnull(sink);
}

static void feed(struct event ev)
{
	ck_assert_int_eq(sink->event(sink, &ev), 0);
}

static void ends_as(const char *expected)
{
	static const struct run_result result;
	ck_assert_int_eq(sink->finish(sink, &result), 0);
	sink->free(sink);
	char *text = written(&out);
	ck_assert_str_eq(text, expected);
	free(text);
	options = (struct text_options){ 0 };
}

START_TEST(a_system_call_as_strace_has_it)
{
	options.durations = true;
	begin();
	feed(made_lseek());
	struct event ev = made_lseek();
	ev.duration_ns = NO_DURATION;
	feed(ev);
	ev = made(EVENT_SYSCALL, 2000000000);
	ev.call = (struct call_event){ .nr = (uint32_t)syscall_number("exit_group") };
	feed(ev);
	ev = made_lseek();
	ev.duration_ns = NO_DURATION;
	ev.call.returned = false;
	ev.call.unfinished = true;
	feed(ev);
	ends_as("lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124 <0.000008>\n"
		"lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124\n"
		"exit_group(0) = ?\n"
		"lseek(3</tmp/demo.apbundle>, 124, SEEK_SET <unfinished ...>\n");
}
END_TEST

START_TEST(no_duration_without_the_option)
{
	begin();
	feed(made_lseek());
	ends_as("lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124\n");
}
END_TEST

START_TEST(requests_of_io_uring)
{
	static const struct place place = { .first = SPAN("blk.0.attn_q"), .offset = 12 };
	options.durations = true;
	begin();
	struct event ev = made_uring();
	ev.uring.place = &place;
	feed(ev);
	ev.uring.flags = URING_NO_OFFSET | URING_UNSUBMITTED;
	ev.uring.place = NULL;
	ev.duration_ns = NO_DURATION;
	ev.uring.result = -ECANCELED;
	feed(ev);
	ev.uring.opcode = 18; /* openat: the file that it opened */
	ev.uring.result = 5;
	feed(ev);
	ev.uring = (struct uring_event){ .opcode = 0 };
	feed(ev);
	ev.uring.opcode = 250;
	feed(ev);
	ends_as("uring_read(</tmp/demo.gguf>, 4096, 8192) = 4000 [blk.0.attn_q+12] direct <0.000003>\n"
		"uring_read(</tmp/demo.gguf>, 4096) = -1 ECANCELED (Operation canceled)\n"
		"uring_openat() = 5</tmp/demo.gguf>\n"
		"uring_nop() = 0\n"
		"uring_op_250() = 0\n");
}
END_TEST

START_TEST(cache_events)
{
	begin();
	feed(made_app(EVENT_APP_OPEN, SPAN("/tmp/demo.apbundle"), 3, 124, 1024, 0));
	feed(made_app(EVENT_APP_MISS, SPAN("encoder"), 124, 500, 0, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 9999, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 999, 1));
	feed(made_app(EVENT_APP_LOAD, SPAN("encoder"), 124, 500, 12345678, 2));
	feed(made_app(EVENT_APP_HIT, SPAN("decoder"), 624, 500, 0, 0));
	feed(made_app(EVENT_APP_EVICT, SPAN("encoder"), 124, 500, 0, 500));
	feed(made_app(EVENT_APP_EVICT, SPAN("encoder"), 124, 500, 77, 0));
	feed(made_app(EVENT_APP_PREFETCH, SPAN("decoder"), 624, 500, 1, 0));
	feed(made_app(EVENT_APP_ERROR, SPAN("nope"), ENOENT, 0, 0, 0));
	feed(made_app(EVENT_APP_ERROR, SPAN(""), 99999, 0, 0, 0));
	struct event ev = made_app(EVENT_APP_CLOSE, SPAN(""), 0, 3, 1, 0);
	ev.app.args[APP_CLOSE_BYTES_LOADED] = 1300;
	feed(ev);
	feed(made_app(EVENT_APP_POLICY, SPAN("S3-FIFO"), 0, 5, 9000, 4000));
	feed(made_app(EVENT_APP_POLICY, SPAN("future"), 99, 100, 1, 0));
	ends_as("open /tmp/demo.apbundle 3 models, limit 1024 B\n"
		"miss encoder 500 B @124\n"
		"load encoder 500 B in 9 us\n"
		"load encoder 500 B in 999 ns (history)\n"
		"load encoder 500 B in 12 ms (hint)\n"
		"hit decoder 500 B @624\n"
		"evict encoder 500 B pressure, 500 B left\n"
		"evict encoder 500 B unknown, 0 B left\n"
		"prefetch decoder 500 B @624 history\n"
		"error nope ENOENT (No such file or directory)\n"
		"error \"\" errno 99999\n"
		"close 0 hits, 3 misses, 1 evictions, 0 prefetches, 1300 B loaded\n"
		"policy LRU -> S3-FIFO, misses would cost 9000 B -> 4000 B\n"
		"policy unknown -> future, misses would cost 1 B -> 0 B\n");
}
END_TEST

START_TEST(hostile_names_cannot_steer_a_terminal)
{
	begin();
	feed(made_app(EVENT_APP_MISS, SPAN("a\033[2J\n\xff\xc3\xa9"), 0, 1, 0, 0));
	struct event ev = made_app(EVENT_APP_MISS, SPAN("long"), 0, 1, 0, 0);
	ev.app.name.cut = true;
	feed(ev);
	ev.app.name = (struct span){ 0 };
	feed(ev);
	ends_as("miss a\\33[2J\\n\\377\xc3\xa9 1 B @0\n"
		"miss long... 1 B @0\n"
		"miss ? 1 B @0\n");
}
END_TEST

START_TEST(a_second_bundle_is_told_apart)
{
	begin();
	struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	feed(ev);
	ev.app.bundle = 2; /* the same file again */
	feed(ev);
	ev = made_app(EVENT_APP_OPEN, SPAN("/tmp/x\n.apbundle"), 1, 64, 2048, 0);
	feed(ev);
	ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	feed(ev);
	ev.app.bundle_path = SPAN("/tmp/x\n.apbundle");
	feed(ev);
	ev.app.bundle_path = (struct span){ 0 };
	ev.app.bundle = 9;
	feed(ev);
	ends_as("miss a 1 B @0\n"
		"miss a 1 B @0\n"
		"open /tmp/x\\n.apbundle 1 models, limit 2048 B\n"
		"miss a 1 B @0 in /tmp/demo.apbundle\n"
		"miss a 1 B @0 in /tmp/x\\n.apbundle\n"
		"miss a 1 B @0 in bundle 9\n");
}
END_TEST

static struct event exit_of(uint32_t tid, int status)
{
	struct event ev = made(EVENT_EXIT, 2000000000);
	ev.tid = tid;
	ev.process.status = status;
	return ev;
}

START_TEST(ends_of_processes)
{
	begin();
	feed(made(EVENT_EXEC, 1));
	feed(exit_of(PID, 0));
	feed(exit_of(PID, 3 << 8));
	feed(exit_of(PID, SIGSEGV | 0x80));
	feed(exit_of(PID, SIGKILL));
	feed(exit_of(PID, SIGRTMIN + 1));
	ends_as("+++ exited with 0 +++\n"
		"+++ exited with 3 +++\n"
		"+++ killed by SIGSEGV (core dumped) +++\n"
		"+++ killed by SIGKILL +++\n"
		"+++ killed by SIGRT_3 +++\n");
}
END_TEST

START_TEST(numbers_in_a_container)
{
	struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	begin();
	ev.ns_pid = ev.ns_tid = 1;
	ev.ns_first = true;
	feed(ev);
	ev.ns_first = false;
	feed(ev);
	ev = made(EVENT_EXEC, 1); /* has no line of its own */
	ev.tid = PID + 1;
	ev.ns_pid = 1;
	ev.ns_tid = 2;
	ev.ns_first = true;
	feed(ev);
	ends_as("--- process 1234 is 1 in its own pid namespace ---\n"
		"miss a 1 B @0\n"
		"miss a 1 B @0\n"
		"--- thread 1235 is 2 in its own pid namespace ---\n");
}
END_TEST

static struct event named(uint32_t pid, const char *comm)
{
	struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	ev.pid = ev.tid = pid;
	ev.comm = (struct span){ comm, (uint32_t)strlen(comm), false };
	return ev;
}

/* A process's name is what it chooses: it steers no terminal. */
START_TEST(processes_are_named)
{
	options.names = options.several_tasks = true;
	begin();
	feed(named(1234, "loader"));
	feed(made_app(EVENT_APP_MISS, SPAN("b"), 0, 1, 0, 0));
	feed(named(77, "a\033b c"));
	ends_as("--- process 1234 is loader ---\n"
		"[pid  1234] miss a 1 B @0\n"
		"[pid  1234] miss b 1 B @0\n"
		"--- process 77 is a\\33b c ---\n"
		"[pid    77] miss a 1 B @0\n");
}
END_TEST

START_TEST(a_single_command_is_not_named)
{
	begin();
	feed(named(1234, "loader"));
	ends_as("miss a 1 B @0\n");
}
END_TEST

START_TEST(several_tasks_are_told_apart)
{
	begin();
	feed(made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0));
	feed(made(EVENT_FORK, 2000000000));
	feed(made_app(EVENT_APP_MISS, SPAN("b"), 0, 1, 0, 0));
	feed(exit_of(1235, 0)); /* a thread: its process continues */
	struct event ev = made_app(EVENT_APP_MISS, SPAN("c"), 0, 1, 0, 0);
	ev.tid = 1234567;
	feed(ev);
	ev.tid = 7;
	feed(ev);
	ends_as("miss a 1 B @0\n"
		"[pid  1234] miss b 1 B @0\n"
		"[pid 1234567] miss c 1 B @0\n"
		"[pid     7] miss c 1 B @0\n");
}
END_TEST

START_TEST(a_second_task_without_its_fork)
{
	begin();
	feed(made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0));
	struct event ev = made_app(EVENT_APP_MISS, SPAN("b"), 0, 1, 0, 0);
	ev.tid = PID + 1;
	feed(ev);
	ends_as("miss a 1 B @0\n[pid  1235] miss b 1 B @0\n");
}
END_TEST

/* Wall clock: 1,000,000,000 s after the epoch, 01:46:40 UTC. */
static const int64_t offset_ns = 999999998000000000;

static void three_events(enum text_time time)
{
	setenv("TZ", "UTC", 1);
	tzset();
	options.time = time;
	options.clock_offset_ns = offset_ns;
	begin();
	struct event ev = made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0);
	ev.time_ns = 2000000000;
	feed(ev);
	ev = made_lseek(); /* it began after the miss */
	ev.time_ns = 2000012999;
	ev.duration_ns = 2999;
	feed(ev);
	ev.time_ns = 2000013999; /* of another task: it began before the line above, so its end counts */
	ev.duration_ns = 12000;
	feed(ev);
}

#define LSEEK "lseek(3</tmp/demo.apbundle>, 124, SEEK_SET) = 124\n"

START_TEST(times_of_day)
{
	three_events(TEXT_TIME_SECONDS);
	ends_as("01:46:40 miss a 1 B @0\n01:46:40 " LSEEK "01:46:40 " LSEEK);
	three_events(TEXT_TIME_MICROSECONDS);
	ends_as("01:46:40.000000 miss a 1 B @0\n01:46:40.000010 " LSEEK "01:46:40.000013 " LSEEK);
}
END_TEST

START_TEST(times_since_the_epoch)
{
	three_events(TEXT_TIME_EPOCH);
	ends_as("1000000000.000000 miss a 1 B @0\n1000000000.000010 " LSEEK "1000000000.000013 " LSEEK);
}
END_TEST

START_TEST(times_since_the_line_before)
{
	three_events(TEXT_TIME_RELATIVE);
	struct event ev = made_lseek();
	ev.time_ns = 125000013999;
	feed(ev);
	ends_as("     0.000000 miss a 1 B @0\n     0.000010 " LSEEK "     0.000003 " LSEEK
		"   122.999991 " LSEEK);
}
END_TEST

START_TEST(a_gap_is_shown_where_it_is)
{
	begin();
	feed(made_app(EVENT_APP_MISS, SPAN("a"), 0, 1, 0, 0));
	struct event ev = made_app(EVENT_APP_MISS, SPAN("b"), 0, 1, 0, 0);
	ev.lost_before = 12;
	ev.lost_since_ns = ev.time_ns - 1204000;
	feed(ev);
	ev = made(EVENT_EXEC, 2000000000); /* prints nothing of its own */
	ev.lost_before = 3;
	feed(ev);
	ends_as("miss a 1 B @0\n--- 12 events lost here within 1204 us ---\nmiss b 1 B @0\n"
		"--- 3 events lost here ---\n");
}
END_TEST

START_TEST(colours_end_where_they_began)
{
	options.colour = true;
	begin();
	feed(made_app(EVENT_APP_HIT, SPAN("a"), 0, 1, 0, 0));
	feed(made_app(EVENT_APP_LOAD, SPAN("a"), 0, 1, 9000, 0));
	feed(made_lseek());
	ends_as("\033[32mhit a 1 B @0\033[0m\nload a 1 B in 9 us\n" LSEEK);
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
	out = full_out();
	sink_meets_full_disk(text_sink_new(&out, &options), &out);
}
END_TEST

Suite *text_sink_suite(void)
{
	Suite *suite = suite_create("text_sink");
	TCase *tc = tcase_create("text_sink");
	tcase_add_test(tc, a_system_call_as_strace_has_it);
	tcase_add_test(tc, no_duration_without_the_option);
	tcase_add_test(tc, requests_of_io_uring);
	tcase_add_test(tc, cache_events);
	tcase_add_test(tc, hostile_names_cannot_steer_a_terminal);
	tcase_add_test(tc, a_second_bundle_is_told_apart);
	tcase_add_test(tc, ends_of_processes);
	tcase_add_test(tc, numbers_in_a_container);
	tcase_add_test(tc, several_tasks_are_told_apart);
	tcase_add_test(tc, processes_are_named);
	tcase_add_test(tc, a_single_command_is_not_named);
	tcase_add_test(tc, a_second_task_without_its_fork);
	tcase_add_test(tc, times_of_day);
	tcase_add_test(tc, times_since_the_epoch);
	tcase_add_test(tc, times_since_the_line_before);
	tcase_add_test(tc, a_gap_is_shown_where_it_is);
	tcase_add_test(tc, colours_end_where_they_began);
	tcase_add_test(tc, a_full_disk_is_reported);
	suite_add_tcase(suite, tc);
	return suite;
}
