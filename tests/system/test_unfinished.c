/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that have not returned when the trace ends, compared with /proc and strace; and calls that are
 * restarted. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "user/calls/syscalls.h"
#include "traced.h"

enum { HELD = 5 }; /* threads of the target that are inside a call */

/* What /proc reports for a thread: the call that it is in, and its first arguments. */
struct waiting {
	long nr;
	unsigned long args[3];
};

static bool waiting_of(int pid, int tid, struct waiting *w)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	int fields = fscanf(file, "%ld %lx %lx %lx", &w->nr, &w->args[0], &w->args[1], &w->args[2]);
	fclose(file);
	return fields == 4 && w->nr >= 0;
}

static struct run *hold(void)
{
	const char *argv[] = { built("tests/targets/held"), NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv });
	run_await(run, "held ");
	return run;
}

static const char *number(long n)
{
	static char texts[8][24];
	static int at;
	char *text = texts[at++ % 8];
	snprintf(text, sizeof(texts[0]), "%ld", n);
	return text;
}

/* As in /proc, once each; and none for the thread that runs and the one that waits for a page. */
static void trace_has_those_of(const struct traced *t, int pid)
{
	int found = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		struct waiting w;
		const char *name = str(event, "name");
		ck_assert(cJSON_IsTrue(get(event, "unfinished")));
		ck_assert(cJSON_IsNull(get(event, "result")));
		ck_assert(!has(event, "duration_ns"));
		ck_assert_int_eq(num(event, "pid"), pid);
		ck_assert_msg(
			waiting_of(pid, (int)num(event, "tid"), &w), "%s: /proc knows of no call", name);
		ck_assert_int_eq(syscall_number(name), w.nr);
		if (strcmp(name, "read") == 0) {
			ck_assert_int_eq(arg_num(event, 0), (int64_t)w.args[0]);
			ck_assert_int_eq(arg_num(event, 2), (int64_t)w.args[2]);
			ck_assert_int_eq(strncmp(file_path(event), "pipe:[", 6), 0);
		}
		if (strcmp(name, "poll") == 0)
			ck_assert_int_eq(arg_num(event, 2), (int64_t)w.args[2]);
		found++;
	}
	ck_assert_int_eq(found, HELD);
	ck_assert_int_eq(num(t->summary, "total_syscalls"), 0);
	ck_assert_int_eq(cJSON_GetArraySize(get(t->json, "syscalls")), 0);
	ck_assert_int_eq(num(t->summary, "total_events"), HELD);
}

START_TEST(attached)
{
	struct run *held = hold();
	struct run *run = RUN(built("bundletrace"), "--format", "json", "-d", "0.2", "-p", number(held->pid));
	code_is(run, 0);
	struct traced t = traced_of(run);
	trace_has_those_of(&t, held->pid);

	/* not selected, not shown */
	run = RUN(built("bundletrace"), "-d", "0.2", "-e", "read,pause", "-p", number(held->pid));
	ck_assert_ptr_nonnull(strstr(run->err, "pause( <unfinished ...>\n"));
	ck_assert_ptr_nonnull(strstr(run->err, "read(3<pipe:["));
	ck_assert_ptr_nonnull(strstr(run->err, "]>, ..., 100 <unfinished ...>\n"));
	ck_assert_ptr_null(strstr(run->err, "futex("));
	/* and not counted */
	run = RUN(built("bundletrace"), "-C", "-d", "0.2", "-p", number(held->pid));
	ck_assert_ptr_nonnull(strstr(run->err, "pause( <unfinished ...>\n"));
	ck_assert_ptr_null(strstr(run->err, " pause\n"));
	kill(held->pid, SIGKILL);
}
END_TEST

/* The calls that strace's own attaching did not interrupt. */
START_TEST(as_strace_has_them)
{
	struct run *held = hold();
	struct run *run = RUN(built("bundletrace"), "-d", "0.2", "-p", number(held->pid));
	code_is(run, 0);
	const char *file = scratch("strace");
	RUN("timeout", "-s", "INT", "1", "strace", "-f", "-o", file, "-p", number(held->pid));
	int same = 0;
	for (char *line = file_text(file, NULL); line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char name[32], mine[64];
		int tid;
		if (sscanf(line, "%d %31[a-z_0-9](", &tid, name) != 2 || strcmp(name, "restart_syscall") == 0)
			continue;
		if (tid == held->pid)
			snprintf(mine, sizeof(mine), "\n%s(", name);
		else
			snprintf(mine, sizeof(mine), "\n[pid %5d] %s(", tid, name);
		const char *at = strstr(run->err, mine);
		ck_assert_msg(at && strstr(at, " <unfinished ...>\n"), "no %s in %s", mine + 1, run->err);
		same++;
	}
	ck_assert_int_ge(same, 3);
	kill(held->pid, SIGKILL);
}
END_TEST

/* A command that continues: its calls are shown to the end, and then the latest one that each thread is
 * in, with and without times. */
START_TEST(of_a_command)
{
	const char *options[] = { "--format", "json", "-T" };
	struct run *run = _i ? RUN(built("bundletrace"), "-d", "0.5", "-o", scratch("trace"), "--",
				       built("tests/targets/held"))
			     : RUN(built("bundletrace"), options[0], options[1], options[2], "-d", "0.5",
				       "--", built("tests/targets/held"));
	const char *held = strstr(_i ? run->out : run->err, "held ");
	ck_assert_ptr_nonnull(held);
	int pid = atoi(held + 5), unfinished = 0;
	code_is(run, 0);
	if (_i) {
		const char *text = file_text(scratch("trace"), NULL);
		for (const char *at = text; (at = strstr(at, " <unfinished ...>\n")); at++)
			unfinished++;
	} else {
		struct traced t = traced_of(run);
		trace_is_whole(&t);
		const cJSON *event;
		cJSON_ArrayForEach(event, t.events) if (has(event, "unfinished"))
		{
			struct waiting w;
			ck_assert(waiting_of(pid, (int)num(event, "tid"), &w));
			ck_assert_int_eq(syscall_number(str(event, "name")), w.nr);
			unfinished++;
		}
	}
	kill(pid, SIGKILL);
	ck_assert_int_eq(unfinished, HELD);
}
END_TEST

START_TEST(in_a_recording)
{
	struct run *held = hold();
	code_is(RUN(built("bundletrace"), "-o", scratch("x.btrace"), "-d", "0.2", "-p", number(held->pid)),
		0);
	struct run *run = RUN(built("bundletrace"), "--read", scratch("x.btrace"), "--format", "json");
	code_is(run, 0);
	struct traced t = traced_of(run);
	trace_has_those_of(&t, held->pid);
	kill(held->pid, SIGKILL);
}
END_TEST

/* A call that a fatal signal interrupts has returned, with a result that the program does not see. */
START_TEST(killed_in_a_call)
{
	struct traced t = TRACE("timeout", "-s", "KILL", "0.2", "sleep", "9");
	trace_is_whole(&t);
	int found = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, "clock_nanosleep"))
	{
		ck_assert_str_eq(str(event, "error"), "ERESTART_RESTARTBLOCK");
		ck_assert(!has(event, "unfinished"));
		ck_assert_int_gt(num(event, "duration_ns"), 50 * 1000000);
		found++;
	}
	ck_assert_int_eq(found, 1);
}
END_TEST

/* "name = ? ERESTARTSYS (...)" of each line with such a result, one after the other. */
static void restarts_of(const char *text, char *out, size_t size)
{
	size_t used = 0;
	for (const char *line = text; line && *line;
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char name[32];
		int len = (int)strcspn(line, "\n");
		const char *result = memmem(line, (size_t)len, "= ? ERESTART", 12);
		const char *start = line + strspn(line, "[pid0123456789 ]<.");
		if (!result || sscanf(start, " %31[a-z_0-9]", name) != 1)
			continue;
		used += (size_t)snprintf(
			out + used, size - used, "%s %.*s\n", name, (int)(line + len - result), result);
		ck_assert_uint_lt(used, size);
	}
}

START_TEST(begun_anew_as_in_strace)
{
	char theirs[2048] = "", ours[2048] = "";
	const char *file = scratch("strace"), *target = built("tests/targets/restarts");
	code_is(RUN("strace", "-f", "-o", file, target), 0);
	restarts_of(file_text(file, NULL), theirs, sizeof(theirs));
	file = scratch("text");
	code_is(RUN(built("bundletrace"), "-f", "-o", file, "--", target), 0);
	restarts_of(file_text(file, NULL), ours, sizeof(ours));
	ck_assert_ptr_nonnull(strstr(theirs, "ERESTARTSYS"));
	ck_assert_ptr_nonnull(strstr(theirs, "ERESTARTNOHAND"));
	ck_assert_ptr_nonnull(strstr(theirs, "ERESTART_RESTARTBLOCK"));
	ck_assert_str_eq(ours, theirs);
	ck_assert_ptr_nonnull(strstr(file_text(file, NULL), " restart_syscall() = 0\n"));
}
END_TEST

Suite *system_unfinished_suite(void)
{
	Suite *suite = suite_create("system_unfinished");
	TCase *tc = tcase_create("unfinished");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, attached);
	if (!SANITIZED)
		tcase_add_test(tc, as_strace_has_them);
	tcase_add_loop_test(tc, of_a_command, 0, 2);
	tcase_add_test(tc, in_a_recording);
	tcase_add_test(tc, killed_in_a_call);
	tcase_add_test(tc, begun_anew_as_in_strace);
	suite_add_tcase(suite, tc);
	return suite;
}
