/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processes -a, --comm, --uid and --cgroup trace: those that already run, those that start later,
 * and no others. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "events_of.h"
#include "groups.h"
#include "lines.h"

#define USER "4242" /* a user id that is not in use */

#define RUN_AS(user, ...) RUN("setpriv", "--reuid", user, "--regid", user, "--clear-groups", __VA_ARGS__)

/* ---- the whole machine ---- */

/* A line of strace -f -o: "PID name(..."; the name, and its process in *pid. */
static bool strace_line(const char *line, int *pid, char name[32])
{
	return sscanf(line, "%d %31[a-z0-9_](", pid, name) == 2;
}

/* Started while the trace runs, traced from its execve to its end as by strace. */
START_TEST(all_sees_what_strace_sees)
{
	const char *trace = scratch("trace"), *log = scratch("strace");
	struct run *tracer = WATCH(trace, "-a", "-e", "app=none", "-e", "!futex,poll,pread64,fadvise64");
	code_is(RUN("strace", "-f", "-e", "trace=!futex,poll,pread64,fadvise64", "-o", log,
			built("tests/targets/fileio"), scratch(".")),
		0);
	watch_end(tracer, trace);
	const char *text = file_text(log, NULL);
	int pid, calls = 0;
	char name[32];
	ck_assert(strace_line(text, &pid, name));
	const cJSON *event = events_of(trace, pid)->child;
	while (event && !is_event(event, "exec"))
		event = event->next;
	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
		int whose;
		if (!strace_line(text, &whose, name))
			continue;
		while (event && !is_event(event, "syscall"))
			event = event->next;
		ck_assert_msg(event && is_call(event, name), "%d: %s in strace, %s here", calls, name,
			event ? str(event, "name") : "nothing");
		event = event->next;
		calls++;
	}
	ck_assert_int_gt(calls, 300);
	ck_assert(event && is_event(event, "exit") && !event->next);
}
END_TEST

/* However short-lived they are. */
START_TEST(thousand_short_processes)
{
	const char *trace = scratch("trace"), *said = scratch("said");
	struct run *tracer = WATCH(trace, "-a", "-e", "app=none", "-e", "trace=lseek,exit_group,execve,wait4",
		"--buffer", "16M");
	code_is(RUN("sh", "-c", "echo $$ > $1; exec $0 1000", built("tests/targets/forks"), said), 0);
	watch_end(tracer, trace);
	const cJSON *events = events_of(trace, atoi(file_text(said, NULL))), *event;
	int forks = 0;
	ck_assert_int_eq(count_of(events, "wait4"), 1000);
	cJSON_ArrayForEach(event, events)
	{
		if (!is_event(event, "fork"))
			continue;
		if (forks++ % 100)
			continue;
		/* the child's own call, exit_group, its end */
		const cJSON *child = events_of(trace, (pid_t)num(event, "child_pid"));
		ck_assert_int_eq(cJSON_GetArraySize(child), 3);
		ck_assert_int_eq(arg_num(child->child, 1), forks - 1);
		ck_assert(is_event(child->child->prev, "exit"));
	}
	ck_assert_int_eq(forks, 1000);
}
END_TEST

/* A loader that already runs, and one that starts later: their cache events are in the trace, from their
 * probes. */
START_TEST(probes_of_all)
{
	static const char *const ways[][2] = { { "-a", "-T" }, { "--comm", "whomstay" } };
	const char *trace = scratch("trace"), *bundle = scratch("b.apbundle");
	const char *program = copied("tests/targets/stay", "whomstay");
	code_is(RUN(built("bundle_load"), "--models", "1", "--size", "1K", "--count", "1", "--keep", "--file",
			bundle),
		0);
	const char *const loader[] = { program, bundle, NULL };
	pid_t early_pid, late_pid;
	struct run *early = ready(loader, &early_pid);
	struct run *tracer = WATCH(trace, ways[_i][0], ways[_i][1], "-e", "trace=none");
	run_type(early, "go on\n");
	run_await(early, "got 1\n");
	struct run *late = ready(loader, &late_pid); /* the same file: its probes are attached */
	run_type(late, "go on\n");
	run_await(late, "got 1\n");
	watch_end(tracer, trace);
	const cJSON *events = events_of(trace, early_pid), *first = events->child;
	ck_assert_int_eq(cJSON_GetArraySize(events), 2); /* miss, load */
	ck_assert(is_event(first, "miss"));
	events = events_of(trace, late_pid);
	ck_assert(is_event(events->child, "exec"));
	ck_assert(is_event(events->child->next, "open"));
	ck_assert_str_eq(str(events->child->next, "bundle_path"), bundle);
	ck_assert_int_eq(cJSON_GetArraySize(events), 4);
}
END_TEST

/* A program that has never run before gets its probes while it runs. */
START_TEST(probes_of_those_that_come)
{
	static const char *const ways[][2] = { { "-a", "-T" }, { "--comm", "whomstay" }, { "--uid", USER } };
	const char *trace = scratch("trace"), *bundle = scratch("b.apbundle");
	const char *program = copied("tests/targets/stay", "whomstay");
	code_is(RUN(built("bundle_load"), "--models", "1", "--size", "1K", "--count", "1", "--keep", "--file",
			bundle),
		0);
	code_is(RUN("chmod", "644", bundle), 0);
	struct run *tracer = WATCH(trace, ways[_i][0], ways[_i][1], "-e", "trace=none");
	struct run *loader = lines_loader(
		(const char *const[]){ "setpriv", "--reuid", USER, "--clear-groups", program, bundle, NULL });
	int lines = lines_until_seen(loader, trace, 0);
	char answer[32];
	usleep(300000); /* with -a the hit may have been another process's */
	for (int i = 0; i < 20; i++)
		run_type(loader, "go on\n");
	snprintf(answer, sizeof(answer), "got %d\n", lines += 20);
	run_await(loader, answer);
	const cJSON *summary = watch_end(tracer, trace);
	const cJSON *events = events_of(trace, loader->pid), *event;
	int hits = 0;
	cJSON_ArrayForEach(event, events) hits += is_event(event, "hit") || is_event(event, "miss");
	ck_assert_int_ge(hits, 20);
	ck_assert_int_le(hits, lines);
	bool said = false;
	cJSON_ArrayForEach(event, get(summary, "notes")) said |=
		strstr(event->valuestring, "may be missing") != NULL;
	ck_assert(said);
}
END_TEST

/* ---- by name ---- */

/* Names as long as the kernel keeps them. */
START_TEST(by_name)
{
	static const char *const names[] = { "whomforks", "whom-longer-than-kept" };
	const char *trace = scratch("trace"), *others = copied("tests/targets/forks", "whomother");
	const char *chosen = copied("tests/targets/forks", names[_i]);
	struct run *tracer = WATCH(trace, "--comm", names[_i], "-e", "app=none");
	code_is(RUN(others, "30"), 0);
	struct run *run = RUN(chosen, "20");
	code_is(run, 0);
	const cJSON *summary = watch_end(tracer, trace);
	/* its first events, its end, and no other process's: a forked child has the name too */
	const cJSON *events = events_of(trace, run->pid);
	ck_assert(is_event(events->child, "exec"));
	ck_assert(is_call(events->child->next, "execve"));
	ck_assert(is_call(events->child->next->next, "brk"));
	ck_assert(is_event(events->child->prev, "exit"));
	ck_assert_int_eq(count_of(events, "wait4"), 20);
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), 20);
	ck_assert_int_eq(num(summary, "syscall_counts.execve"), 1);
	ck_assert_int_eq(num(summary, "total_events"), count_lines(trace));
	/* a child: set_robust_list, lseek, exit_group, its end */
	if (!SANITIZED)
		ck_assert_int_eq(count_lines(trace), cJSON_GetArraySize(events) + 20 * 4);
}
END_TEST

/* A shell and what it starts: without -f, the shell while it has the name; with -f, all. */
START_TEST(children_of_the_chosen)
{
	const char *trace = scratch("trace"), *shell = scratch("whomshell");
	const char *const plain[] = { "--comm", "whomshell", "-e", "app=none", NULL };
	const char *const followed[] = { "--comm", "whomshell", "-e", "app=none", "-f", NULL };
	code_is(RUN("cp", "/bin/sh", shell), 0);
	struct run *tracer = watch_start(trace, _i ? followed : plain);
	struct run *run = RUN(shell, "-c", "$0 5; true", built("tests/targets/forks"));
	code_is(run, 0);
	const cJSON *summary = watch_end(tracer, trace), *event;
	const cJSON *events = events_of(trace, run->pid);
	ck_assert_int_eq(num(summary, "total_events"), count_lines(trace));
	pid_t child = 0;
	cJSON_ArrayForEach(event, events) if (is_event(event, "fork")) child = (pid_t)num(event, "child_pid");
	ck_assert_int_gt(child, 0);
	events = events_of(trace, child);
	/* without -f, its last event is the exec with which it became another program */
	ck_assert(is_event(events->child->prev, _i ? "exit" : "exec"));
	ck_assert_int_eq(count_of(events, "wait4"), _i ? 5 : 0);
	ck_assert_int_eq(has(get(summary, "syscall_counts"), "lseek"), _i);
	ck_assert_str_eq(lines_note(summary), "");
}
END_TEST

/* ---- by user ---- */

START_TEST(by_user)
{
	static const char *const users[] = { USER, "nobody" };
	const char *trace = scratch("trace"), *forks = built("tests/targets/forks");
	struct run *tracer = WATCH(trace, "--uid", users[_i], "-e", "app=none");
	code_is(RUN(forks, "30"), 0);
	code_is(RUN_AS("4243", forks, "30"), 0);
	struct run *run = RUN_AS(_i ? "65534" : USER, forks, "20");
	code_is(run, 0);
	const cJSON *summary = watch_end(tracer, trace);
	const cJSON *events = events_of(trace, run->pid);
	ck_assert(is_event(events->child, "exec"));
	ck_assert_str_eq(str(events->child, "file"), forks);
	ck_assert_int_eq(count_of(events, "wait4"), 20);
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), 20);
}
END_TEST

/* ---- by control group ---- */

static struct run *run_in(const char *group, const char *program)
{
	struct run *run = RUN("sh", "-c", "echo $$ > $0/cgroup.procs; exec $1 20", group, program);
	code_is(run, 0);
	return run;
}

/* In it and below it; a sibling is outside. By a path below the mount, or an absolute one. */
START_TEST(by_group)
{
	char mount[256], name[64], other[80];
	if (!groups_mount(_i / 2, mount, sizeof(mount)))
		return;
	const char *trace = scratch("trace"), *forks = built("tests/targets/forks");
	snprintf(name, sizeof(name), "bundletrace-test-%d", (int)getpid());
	const char *group = groups_make(mount, name), *inner = groups_make(group, "inner");
	snprintf(other, sizeof(other), "%s-x", name);
	const char *beside = groups_make(mount, other);
	struct run *tracer = WATCH(trace, "--cgroup", _i % 2 ? group : name, "-e", "app=none");
	run_in(beside, forks);
	struct run *in_it = run_in(group, forks), *below = run_in(inner, forks);
	code_is(RUN(forks, "20"), 0);
	const cJSON *summary = watch_end(tracer, trace);
	const struct run *const both[] = { in_it, below };
	for (int i = 0; i < 2; i++) {
		const cJSON *event = events_of(trace, both[i]->pid)->child;
		ck_assert(event && is_event(event, "exec"));
		ck_assert_str_eq(str(event, "file"), forks);
	}
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), 40);
}
END_TEST

/* ---- all of it together ---- */

START_TEST(together)
{
	const char *trace = scratch("trace"), *chosen = copied("tests/targets/forks", "whomforks");
	struct run *tracer = WATCH(trace, "-a", "--comm", "whomforks", "--uid", USER, "-e", "app=none");
	code_is(RUN(chosen, "10"), 0);
	code_is(RUN_AS(USER, built("tests/targets/forks"), "10"), 0);
	code_is(RUN_AS("4243", chosen, "10"), 0);
	struct run *run = RUN_AS(USER, chosen, "7");
	code_is(run, 0);
	const cJSON *summary = watch_end(tracer, trace);
	ck_assert_int_eq(count_of(events_of(trace, run->pid), "wait4"), 7);
	ck_assert_int_eq(num(summary, "syscall_counts.wait4"), 7);
	ck_assert_int_eq(num(summary, "syscall_counts.lseek"), 7);
}
END_TEST

/* Some of a command's processes, or of named ones. The trace ends with all of them. */
START_TEST(some_of_a_command)
{
	const char *chosen = copied("tests/targets/forks", "whomforks");
	struct traced t =
		trace_command((const char *const[]){ "-f", "--comm", "whomforks", "-e", "app=none", NULL },
			(const char *const[]){ "sh", "-c", "$1 10; $0 7; $1 10; exit 3", chosen,
				built("tests/targets/forks"), NULL });
	code_is(t.run, 3);
	trace_is_whole(&t);
	ck_assert_int_eq(count_calls(&t, "wait4"), 7);
	ck_assert_int_eq(count_calls(&t, "execve"), 1);
	ck_assert(is_event(t.events->child, "exec"));
	ck_assert_str_eq(str(t.events->child, "file"), chosen);
}
END_TEST

START_TEST(some_of_those_named)
{
	const char *trace = scratch("trace"), *turns = built("tests/targets/turns");
	pid_t pids[2];
	char list[64];
	ready((const char *const[]){ turns, "comm", "x", NULL }, &pids[0]);
	ready((const char *const[]){ "setpriv", "--reuid", USER, "--clear-groups", turns, "comm", "x", NULL },
		&pids[1]);
	snprintf(list, sizeof(list), "%d,%d", (int)pids[0], (int)pids[1]);
	struct run *tracer = WATCH(trace, "-p", list, "--uid", USER, "-e", "lseek", "-e", "app=none");
	usleep(100000);
	watch_end(tracer, trace);
	ck_assert_int_gt(count_of(events_of(trace, pids[1]), "lseek"), 5);
	ck_assert_int_eq(cJSON_GetArraySize(events_of(trace, pids[0])), 0);
}
END_TEST

/* ---- named processes ---- */

/* All threads of all of them, with the files that were already open; the trace ends with the last
 * process. */
START_TEST(all_named)
{
	const char *trace = scratch("trace"), *turns = built("tests/targets/turns");
	char list[64];
	pid_t pids[3];
	struct run *runs[3];
	for (int i = 0; i < 3; i++)
		runs[i] = ready((const char *const[]){ turns, "comm", "x", NULL }, &pids[i]);
	snprintf(list, sizeof(list), "%d,%d", (int)pids[0], (int)pids[1]);
	struct run *tracer = WATCH(trace, "-p", list, "-e", "lseek,exit_group", "-e", "app=none");
	usleep(200000);
	for (int i = 0; i < 2; i++)
		kill(runs[i]->pid, SIGKILL);
	run_wait(tracer);
	code_is(tracer, 0);
	for (int i = 0; i < 2; i++) {
		const cJSON *events = events_of(trace, pids[i]), *event;
		int64_t first = num(events->child, "tid");
		bool other = false;
		cJSON_ArrayForEach(event, events)
		{
			if (!is_call(event, "lseek"))
				continue;
			ck_assert_str_eq(file_path(event), "/dev/null");
			other |= num(event, "tid") != first;
		}
		ck_assert(other);
		ck_assert(is_event(events->child->prev, "exit"));
	}
	ck_assert_int_eq(cJSON_GetArraySize(events_of(trace, pids[2])), 0);
}
END_TEST

/* The children that one forks from then on. */
START_TEST(children_of_one_named)
{
	static const char *const follow[] = { "-T", "-f" };
	const char *trace = scratch("trace"), *script = "echo ready $$; read x; \"$0\" 9; exit 0";
	char number[16];
	pid_t pid;
	struct run *run =
		ready((const char *const[]){ "sh", "-c", script, built("tests/targets/forks"), NULL }, &pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *tracer = WATCH(trace, follow[_i], "-p", number, "-e", "app=none");
	run_type(run, "go on\n");
	run_wait(tracer);
	code_is(tracer, 0);
	const cJSON *summary = watch_summary(trace);
	ck_assert_int_eq(has(get(summary, "syscall_counts"), "lseek"), _i);
	ck_assert_str_eq(lines_note(summary), _i ? "" : "1 child process was not traced (-f follows it)");
}
END_TEST

/* ---- the end, and the cost ---- */

START_TEST(ends)
{
	struct run *run = RUN(built("bundletrace"), "--comm", "whomnobody", "-d", "0.5");
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "waiting for one"), "%s", run->err);
	pid_t pid; /* on some machines no process makes a call */
	ready((const char *const[]){ built("tests/targets/turns"), "comm", "x", NULL }, &pid);
	run = RUN(built("bundletrace"), "-a", "--max-events", "5", "-e", "app=none");
	code_is(run, 0);
	int lines = 0;
	for (const char *line = run->err; *line; line = strchr(line, '\n') + 1)
		lines += strncmp(line, "[pid ", 5) == 0;
	ck_assert_int_eq(lines, 5);
	/* -d is the limit even if all have ended */
	run = RUN("sh", "-c", "\"$0\" --comm whomnobody -d 1 & sleep 0.3; kill -0 $! && wait $!",
		built("bundletrace"));
	code_is(run, 0);
}
END_TEST

/* Processes that do not match cause no events, and do not wait for the check. */
START_TEST(others_cost_little)
{
	const char *trace = scratch("trace"), *storm = built("tests/targets/storm");
	double alone = 1e9, beside = 1e9;
	struct run *tracer = WATCH(trace, "--comm", "whomnobody");
	for (int i = 0; i < 3; i++) {
		double ns = atof(RUN(storm, "200000")->out);
		beside = ns < beside ? ns : beside;
	}
	watch_stop(tracer);
	const char *text = file_text(trace, NULL);
	ck_assert_msg(strstr(text, "\"total_events\":0,") && strstr(text, "\"total\":0"), "%s", text);
	for (int i = 0; i < 3; i++) {
		double ns = atof(RUN(storm, "200000")->out);
		alone = ns < alone ? ns : alone;
	}
	ck_assert_msg(
		beside < alone * (SANITIZED ? 10 : 2.5), "%.0f ns alone, %.0f ns beside", alone, beside);
}
END_TEST

START_TEST(usage)
{
	static const struct {
		const char *option, *value, *said;
	} wrong[] = {
		{ "--uid", "no-such-user", "no such user" },
		{ "--uid", "-1", "no such user" },
		{ "--uid", "4294967295", "no such user" },
		{ "--uid", "", "no such user" },
		{ "--comm", "", "no name" },
		{ "--cgroup", "no/such", "no such control group" },
		{ "--cgroup", "/tmp", "no such control group" },
		{ "--cgroup", "", "no such control group" },
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct run *run = RUN(built("bundletrace"), wrong[i].option, wrong[i].value);
		code_is(run, 2);
		ck_assert_msg(strstr(run->err, wrong[i].said) &&
				      strchr(run->err, '\n') == run->err + run->err_len - 1,
			"%s %s: %s", wrong[i].option, wrong[i].value, run->err);
	}
	code_is(RUN(built("bundletrace"), "-a", "-p", "1"), 2);
	code_is(RUN(built("bundletrace"), "-a", "--", "/bin/true"), 2);
	code_is(RUN(built("bundletrace"), "--read", "x", "--comm", "y"), 2);
}
END_TEST

static void end_test(void)
{
	watch_free();
	groups_remove();
}

Suite *system_whom_suite(void)
{
	Suite *suite = suite_create("system_whom");
	TCase *tc = tcase_create("whom");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, end_test);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, all_sees_what_strace_sees);
	tcase_add_test(tc, thousand_short_processes);
	tcase_add_loop_test(tc, probes_of_all, 0, 2);
	tcase_add_loop_test(tc, probes_of_those_that_come, 0, 3);
	tcase_add_loop_test(tc, by_name, 0, 2);
	tcase_add_loop_test(tc, children_of_the_chosen, 0, 2);
	tcase_add_loop_test(tc, by_user, 0, 2);
	tcase_add_loop_test(tc, by_group, 0, 2 * GROUPS_HIERARCHIES);
	tcase_add_test(tc, together);
	tcase_add_test(tc, some_of_a_command);
	tcase_add_test(tc, some_of_those_named);
	tcase_add_test(tc, all_named);
	tcase_add_loop_test(tc, children_of_one_named, 0, 2);
	tcase_add_test(tc, ends);
	tcase_add_test(tc, others_cost_little);
	tcase_add_test(tc, usage);
	suite_add_tcase(suite, tc);
	return suite;
}
