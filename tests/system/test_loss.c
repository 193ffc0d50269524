/* SPDX-License-Identifier: BSD-2-Clause */
/* More events than the rings can hold: losses are counted and shown, the kernel's counts are exact,
 * memory stays bounded. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "user/record/btrace.h"
#include "tests/suites.h"
#include "traced.h"

#define PAIRS 300000

/* The contents of a trace file, counted line by line. */
struct shown {
	int64_t events, calls, seeks, lost_before, last_ns, gaps_with_span;
};

static void count_shown(void *ctx, const cJSON *event, const char *line)
{
	struct shown *shown = ctx;
	const char *lost = strstr(line, "\"lost_before\":");
	int64_t time = atoll(line + strlen("{\"time_ns\":"));
	(void)event;
	ck_assert_int_ge(time, shown->last_ns);
	shown->last_ns = time;
	shown->events++;
	shown->calls += strstr(line, "\"event\":\"syscall\"") != NULL;
	shown->seeks += strstr(line, "\"name\":\"lseek\"") != NULL;
	if (lost)
		shown->lost_before += atoll(lost + 14);
	const char *since = lost ? strstr(lost, "\"lost_since_ns\":") : NULL;
	if (since) {
		ck_assert_int_lt(atoll(since + 16), time);
		shown->gaps_with_span++;
	}
}

static int64_t lost_of(const cJSON *summary, const char *kind)
{
	const cJSON *by_kind = get(summary, "lost.by_kind");
	return has(by_kind, kind) ? num(by_kind, kind) : 0;
}

static int64_t sum(const cJSON *numbers)
{
	int64_t total = 0;
	const cJSON *number;
	cJSON_ArrayForEach(number, numbers) total += (int64_t)number->valuedouble;
	return total;
}

/* Produced events are shown plus lost, and each way to count them agrees. */
static int64_t adds_up(const struct run *run, const cJSON *summary, const struct shown *shown)
{
	int64_t lost = num(summary, "lost.total");
	ck_assert_int_eq(sum(get(summary, "lost.by_kind")), lost);
	ck_assert_int_eq(sum(get(summary, "lost.by_cause")), lost);
	ck_assert_int_eq(num(summary, "total_events"), shown->events);
	ck_assert_int_eq(sum(get(summary, "syscall_counts")), shown->calls + lost_of(summary, "syscall"));
	ck_assert_int_eq(num(summary, "total_syscalls"), shown->calls + lost_of(summary, "syscall"));
	ck_assert_int_le(shown->lost_before, lost);
	char said[64];
	snprintf(said, sizeof(said), "bundletrace: %lld events were lost", (long long)lost);
	ck_assert_msg((strstr(run->err, said) != NULL) == (lost > 0), "not \"%s\": %s", said, run->err);
	return lost;
}

START_TEST(counted_in_json)
{
	static const char *const formats[] = { "json", "jsonl" };
	const char *file = scratch("trace");
	struct run *run = RUN(built("bundletrace"), "--buffer", "4K", "--format", formats[_i], "-o", file,
		"--", built("tests/targets/storm"), "300000");
	code_is(run, 0);
	struct shown shown = { 0 };
	const cJSON *summary = trace_scan(file, 50, count_shown, &shown);
	ck_assert_int_gt(adds_up(run, summary, &shown), 1000);
	ck_assert_int_gt(shown.lost_before, 0);
	ck_assert_int_gt(shown.gaps_with_span, 0);
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), PAIRS);
	ck_assert_int_ge(num(summary, "syscall_counts.read"), PAIRS);
}
END_TEST

static int64_t number_after(const char *text, const char *words)
{
	const char *at = strstr(text, words);
	while (at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at ? atoll(at) : -1;
}

START_TEST(counted_in_text)
{
	const char *file = scratch("trace");
	struct run *run = RUN(built("bundletrace"), "--buffer", "4K", "-C", "-o", file, "--",
		built("tests/targets/storm"), "300000");
	code_is(run, 0);
	int64_t lost = number_after(run->err, " events were lost");
	ck_assert_int_gt(lost, 1000);
	const char *text = file_text(file, NULL);
	int64_t shown_lost = 0, calls = 0;
	for (const char *line = text; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		calls += strncmp(line, "lseek(", 6) == 0;
		if (strncmp(line, "--- ", 4) == 0)
			shown_lost += atoll(line + 4);
	}
	ck_assert_int_gt(calls, 100);
	ck_assert_msg(shown_lost > 0 && shown_lost <= lost, "%lld lost, %lld shown where", (long long)lost,
		(long long)shown_lost);
	/* the file itself reports the number, without standard error: "lost: 123 syscall events (ring
	 * full)" */
	int64_t told = 0;
	for (const char *line = text; (line = strstr(line, "\nlost: ")); line++)
		told += atoll(line + 7);
	ck_assert_int_eq(told, lost);
	/* and how the command ended */
	ck_assert_ptr_nonnull(strstr(text, "\n+++ exited with 0 +++\n"));
	/* and its table is still exact */
	const char *row = strstr(text, " lseek\n");
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(number_after(text, "           lseek\n"), PAIRS);
}
END_TEST

/* Where only tables are requested, a call has no record: none can be lost. Records of files can, in the smallest ring. */
START_TEST(table_alone_loses_nothing)
{
	static const char *const buffers[] = { "4K", "256K" };
	for (int i = 0; i < 2; i++) {
		struct run *run = RUN(built("bundletrace"), "--buffer", buffers[i], "-c", "--",
			built("tests/targets/storm"), "300000");
		code_is(run, 0);
		ck_assert_ptr_null(strstr(run->err, i ? "lost" : "syscall events"));
		ck_assert_int_eq(number_after(run->err, "           lseek\n"), PAIRS);
	}
}
END_TEST

/*
 * Three million events in a document. The peak of memory is checked without the rings: each is mapped
 * twice, one mapping after the other, so that a record at its end is contiguous, and the kernel counts
 * each page both times.
 */
START_TEST(memory_is_bounded)
{
	enum { PAIRS_MANY = 1500000, RING_MB = 16, BOUND_MB = 64 };
	const char *file = scratch("trace");
	const char *argv[] = { built("bundletrace"), "--buffer", "16M", "--format", "json", "-o", file, "--",
		built("tests/targets/storm"), "1500000", NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .seconds = 60 });
	run_wait(run);
	code_is(run, 0);
	struct shown shown = { 0 };
	const cJSON *summary = trace_scan(file, 1000, count_shown, &shown);
	unlink(file);
	adds_up(run, summary, &shown);
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), PAIRS_MANY);
	ck_assert_int_gt(shown.events, 100000);
	long rings_kb = 2L * RING_MB * 1024 * libbpf_num_possible_cpus();
	ck_assert_msg(run->max_rss_kb < rings_kb + BOUND_MB * 1024L, "%ld KiB at the peak, %ld of them rings",
		run->max_rss_kb, rings_kb);
}
END_TEST

static int64_t count_of(const char *text, const char *word)
{
	int64_t count = 0;
	for (; (text = strstr(text, word)); text += strlen(word))
		count++;
	return count;
}

/* The tracer does not run while the calls are made. The ring holds all of these, but few of their stacks: each call
 * is there, with its stack or with the word that it was left out. */
START_TEST(stacks_are_left_out_first)
{
	static const struct {
		const char *format, *call, *left_out, *total;
	} forms[] = {
		{ "jsonl", "\"name\":\"pread64\"", "\"stack_left_out\":true", "\"stacks_left_out\":" },
		{ "csv", ",pread64,", "stack_left_out=1", "left_out,,,stack,," },
		{ "text", "pread64(", "\n    at (left out)", "\nstacks left out: " },
	};
	const char *file = scratch("trace"), *calls = "20000";
	struct run *run =
		RUN(built("bundletrace"), _i % 2 ? "-s" : "--stack", "--buffer", "4M", "-e", "trace=pread64",
			"--format", forms[_i].format, "-o", file, "--", built("tests/targets/deep"), calls);
	code_is(run, 0);
	const char *text = file_text(file, NULL), *total = strstr(text, forms[_i].total);
	int64_t left_out = count_of(text, forms[_i].left_out);
	ck_assert_ptr_null(strstr(run->err, "events were lost"));
	ck_assert_int_ge(count_of(text, forms[_i].call), atoll(calls));
	ck_assert_int_gt(left_out, atoll(calls) / 2);
	ck_assert_int_lt(left_out, atoll(calls) - 100);
	ck_assert_ptr_nonnull(total);
	ck_assert_int_eq(atoll(total + strlen(forms[_i].total)), left_out);
	ck_assert_int_eq(number_after(run->err, " events were left out"), left_out);
}
END_TEST

/* Events that are not shown take no stacks: there is room for those of the 20 that are. */
START_TEST(stacks_of_what_is_shown)
{
	const char *file = scratch("trace"), *other = scratch("other"), *last = scratch("last");
	write_file(other, "x", 0644);
	write_file(last, "x", 0644);
	struct run *run = RUN(built("bundletrace"), "--stack", "--buffer", "4M", "-e", "trace=pread64", "-P",
		last, "--format", "jsonl", "-o", file, "--", built("tests/targets/deep"), "20000", other,
		last);
	code_is(run, 0);
	const char *text = file_text(file, NULL);
	ck_assert_int_eq(count_of(text, "\"name\":\"pread64\",\"args\""), 20);
	ck_assert_int_eq(count_of(text, "\"function\":\"read_below\""), 2 * 20); /* `at` and `stack` */
	ck_assert_ptr_null(strstr(text, "left_out"));
	ck_assert_ptr_null(strstr(run->err, "lost"));
}
END_TEST

/* The same in a recording, and in what is made of it. */
START_TEST(stacks_left_out_of_a_recording)
{
	const char *file = scratch("deep.btrace");
	struct run *run = RUN(built("bundletrace"), "--stack", "--buffer", "4M", "-e", "trace=pread64", "-o",
		file, "--", built("tests/targets/deep"), "20000");
	code_is(run, 0);
	int64_t left_out = number_after(run->err, " events were left out");
	ck_assert_int_gt(left_out, 10000);
	run = RUN(built("bundletrace"), "--read", file, "--format", "jsonl");
	ck_assert_int_eq(count_of(run->out, "\"stack_left_out\":true"), left_out);
	run = RUN(built("bundletrace"), "--read", file, "--folded");
	ck_assert_msg(strstr(run->out, "[left out];pread64 ") != NULL, "%s", run->out);
	ck_assert_ptr_nonnull(strstr(run->out, ";main;read_below;"));
}
END_TEST

/* A recording in which the record that marks a gap is not shown: the next shown one marks it. */
START_TEST(a_gap_before_what_is_not_shown)
{
	const char *path = scratch("gap.btrace");
	struct out out;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	out_init(&out, fd);
	struct btrace_writer *writer = btrace_writer_new(&out, &(struct run_start){ 0 }, false);
	ck_assert_ptr_nonnull(writer);
	struct event_syscall call = {
		.head = { .pid = 7, .tid = 7, .size = sizeof(call), .kind = EVENT_SYSCALL }
	};
	struct event_file file = { .head = { .time_ns = 500, .size = sizeof(file), .kind = EVENT_FILE },
		.id = { .ino = 3, .dev = 4 } };
	ck_assert_int_eq(btrace_write(writer, &file.head, 0), 0);
	call.head.time_ns = 1000; /* from the other ring of this CPU */
	ck_assert_int_eq(btrace_write(writer, &call.head, 0), 0);
	file.head.time_ns = 2000;
	file.head.lost_before = 5;
	ck_assert_int_eq(btrace_write(writer, &file.head, 0), 0);
	call.head.time_ns = 3000;
	ck_assert_int_eq(btrace_write(writer, &call.head, 0), 0);
	ck_assert_int_eq(btrace_finish(writer, &(struct run_result){ 0 }), 0);
	btrace_writer_free(writer);
	out_free(&out);
	close(fd);
	struct run *run = RUN(built("bundletrace"), "--read", path, "--format", "jsonl");
	code_is(run, 0);
	ck_assert_msg(strstr(run->out, "\"time_ns\":3000") != NULL, "%s", run->out);
	ck_assert_msg(strstr(run->out, "\"lost_before\":5,\"lost_since_ns\":500") != NULL, "%s", run->out);
}
END_TEST

Suite *system_loss_suite(void)
{
	Suite *suite = suite_create("system_loss");
	TCase *tc = tcase_create("loss");
	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, counted_in_json, 0, 2);
	tcase_add_test(tc, counted_in_text);
	tcase_add_test(tc, a_gap_before_what_is_not_shown);
	tcase_add_loop_test(tc, stacks_are_left_out_first, 0, 3);
	tcase_add_test(tc, stacks_left_out_of_a_recording);
	tcase_add_test(tc, stacks_of_what_is_shown);
	tcase_add_test(tc, table_alone_loses_nothing);
	if (!SANITIZED)
		tcase_add_test(tc, memory_is_bounded);
	suite_add_tcase(suite, tc);
	return suite;
}
