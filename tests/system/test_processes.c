/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tasks are traced: every child and thread of the command from its first call to its last, and no
 * other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

/* A process is known from its fork event on. */
#define PIDS_MAX 4096

struct family {
	int64_t pids[PIDS_MAX];
	int count;
};

static bool known(const struct family *f, int64_t pid)
{
	for (int i = f->count - 1; i >= 0; i--)
		if (f->pids[i] == pid)
			return true;
	return false;
}

/* The first event is the command's exec, its first call that execve, and all other events belong to it
 * or to processes that a fork event announced before. Each process ends in one exit event. */
static struct family family_of(const struct traced *t, const char *program)
{
	struct family f = { 0 };
	int exits = 0;
	const cJSON *event = t->events->child;
	ck_assert_ptr_nonnull(event);
	ck_assert_str_eq(str(event, "event"), "exec");
	ck_assert_str_eq(str(event, "file"), program);
	f.pids[f.count++] = num(event, "pid");
	ck_assert(is_call(event->next, "execve"));
	ck_assert_int_eq(num(event->next, "pid"), f.pids[0]);
	cJSON_ArrayForEach(event, t->events)
	{
		ck_assert_msg(known(&f, num(event, "pid")), "%lld is not of the command: %.300s",
			(long long)num(event, "pid"), cJSON_PrintUnformatted(event));
		if (is_event(event, "fork") && num(event, "child_pid") != num(event, "pid")) {
			ck_assert_int_lt(f.count, PIDS_MAX);
			f.pids[f.count++] = num(event, "child_pid");
		}
		exits += is_event(event, "exit");
	}
	ck_assert_int_eq(exits, f.count);
	return f;
}

START_TEST(only_the_command)
{
	struct traced t = TRACE("/bin/true");
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(family_of(&t, "/bin/true").count, 1);
	ck_assert_int_eq(count_calls(&t, "execve"), 1);
	const cJSON *last = t.events->child->prev;
	ck_assert(is_event(last, "exit"));
	ck_assert_int_eq(num(last, "exit_code"), 0);
	ck_assert(is_call(last->prev, "exit_group"));
}
END_TEST

START_TEST(thousand_forks)
{
	const char *forks = built("tests/targets/forks");
	struct traced t = TRACE(forks, "1000");
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(family_of(&t, forks).count, 1001);
	ck_assert_int_eq(count_events(&t, "fork"), 1000);
	ck_assert_int_eq(count_calls(&t, "exit_group"), 1001);
	/* child i's own call, and its exit, in the order in which they were made */
	int i = 0, ends = 0;
	int64_t child = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		if (is_event(event, "fork"))
			child = num(event, "child_pid");
		if (is_call(event, "lseek")) {
			ck_assert_int_eq(num(event, "pid"), child);
			ck_assert_int_eq(arg_num(event, 1), i++);
			ck_assert_str_eq(file_path(event), "/dev/null");
		}
		if (is_event(event, "exit") && num(event, "pid") == child)
			ck_assert_int_eq(num(event, "exit_code"), ends++ % 100);
	}
	ck_assert_int_eq(i, 1000);
	ck_assert_int_eq(ends, 1000);
}
END_TEST

START_TEST(other_ways_to_start)
{
	static const char *const ways[] = { "fork", "vfork", "posix_spawn" };
	const char *spawn = built("tests/targets/spawn");
	struct traced t = TRACE(spawn, ways[_i], "/bin/sh", "-c", "exit 9");
	code_is(t.run, 9);
	trace_is_whole(&t);
	struct family f = family_of(&t, spawn);
	ck_assert_int_eq(f.count, 2);
	ck_assert_int_eq(count_events(&t, "exec"), 2);
	bool child_calls = false;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		if (num(event, "pid") != f.pids[1])
			continue;
		child_calls |= is_call(event, "openat");
		if (is_event(event, "exec"))
			ck_assert_str_eq(str(event, "file"), "/bin/sh");
		if (is_event(event, "exit"))
			ck_assert_int_eq(num(event, "exit_code"), 9);
	}
	ck_assert(child_calls);
}
END_TEST

/* One process, three programs. */
START_TEST(exec_chain)
{
	struct traced t = TRACE("/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/echo \"$0\"' 'it is I'");
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(family_of(&t, "/bin/sh").count, 1);
	ck_assert_int_eq(count_events(&t, "exec"), 3);
	ck_assert_ptr_nonnull(strstr(t.run->err, "it is I\n"));
	const cJSON *event, *last = NULL;
	cJSON_ArrayForEach(event, t.events) if (is_event(event, "exec")) last = event;
	ck_assert_str_eq(str(last, "file"), "/bin/echo");
	ck_assert_int_eq(num(last, "argc"), 2);
	ck_assert_str_eq(cJSON_GetArrayItem(get(last, "argv"), 1)->valuestring, "it is I");
}
END_TEST

START_TEST(grandchildren_outlive_the_command)
{
	const char *outlive = built("tests/targets/outlive");
	struct traced t = TRACE(outlive);
	code_is(t.run, 5);
	trace_is_whole(&t);
	ck_assert_int_eq(family_of(&t, outlive).count, 3);
	int marks = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, "lseek"))
		ck_assert_int_eq(arg_num(event, 1), 4000 + marks++);
	ck_assert_int_eq(marks, 10);
}
END_TEST

/* Without -f: the output reports that children were left out. */
START_TEST(not_followed)
{
	static const struct {
		const char *program, *count, *note;
	} ways[] = {
		{ "tests/targets/forks", "20", "20 child processes were not traced (-f follows them)" },
		{ "tests/targets/forks", "1", "1 child process was not traced (-f follows it)" },
		{ "tests/targets/threads", "4", NULL },
	};
	struct traced t = trace_command((const char *const[]){ "-e", "app=none", NULL },
		(const char *const[]){ built(ways[_i].program), ways[_i].count, "10", NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	const cJSON *notes = get(t.summary, "notes");
	ck_assert_int_eq(count_events(&t, "exec"), 1);
	ck_assert_int_eq(count_events(&t, "exit"), 1);
	if (!ways[_i].note) {
		ck_assert_int_eq(cJSON_GetArraySize(notes), 0);
		ck_assert_int_eq(count_events(&t, "fork"), 4);
		return;
	}
	ck_assert_int_eq(count_calls(&t, "lseek"), 0);
	ck_assert_int_eq(count_calls(&t, "wait4"), atoi(ways[_i].count));
	ck_assert_int_eq(count_events(&t, "fork"), 0);
	ck_assert_int_eq(cJSON_GetArraySize(notes), 1);
	ck_assert_str_eq(notes->child->valuestring, ways[_i].note);
	ck_assert_ptr_nonnull(strstr(t.run->err, ways[_i].note));
}
END_TEST

/* The trace shows exactly what each thread did, and the time never decreases (trace_is_whole). */
START_TEST(threads_in_order)
{
	enum { THREADS = 8, CALLS = 5000 };
	struct traced t = TRACE(built("tests/targets/threads"), "8", "5000");
	code_is(t.run, 0);
	trace_is_whole(&t);
	struct {
		int64_t tid;
		int next;
	} threads[THREADS] = { 0 };
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		bool seek = is_call(event, "lseek"), read = is_call(event, "read");
		if ((!seek && !read) || !file_path(event) || strcmp(file_path(event), "/dev/zero") != 0)
			continue;
		int64_t tid = num(event, "tid"), k = -1;
		for (int i = 0; i < THREADS; i++)
			if (threads[i].tid == tid)
				k = i;
		if (k < 0) {
			/* its first call identifies the thread */
			ck_assert(seek);
			k = arg_num(event, 1) / 1000000;
			ck_assert(k < THREADS && threads[k].tid == 0 && arg_num(event, 1) % 1000000 == 0);
			threads[k].tid = tid;
		}
		int i = threads[k].next++;
		ck_assert(seek == (i % 2 == 0));
		if (seek)
			ck_assert_int_eq(arg_num(event, 1), k * 1000000 + i);
		else
			ck_assert_int_eq(num(event, "result"), 1 + i % 50);
	}
	for (int k = 0; k < THREADS; k++)
		ck_assert_int_eq(threads[k].next, CALLS);
}
END_TEST

/* The probes of a loader that a shell starts. */
START_TEST(loader_in_a_shell)
{
	char line[512];
	snprintf(line, sizeof(line), "exec %s %s", built("bundle_demo"), scratch("demo.apbundle"));
	struct traced t = TRACE("sh", "-c", line);
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "open"), 1);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	ck_assert_int_eq(cJSON_GetArraySize(get(t.summary, "notes")), 0);
}
END_TEST

/* The loader could not be known before it ran: the output reports what was missed. */
START_TEST(loader_in_a_script)
{
	char line[8192], path[4096];
	const char *script = scratch("script");
	ck_assert_ptr_nonnull(realpath(built("bundle_load"), path));
	snprintf(line, sizeof(line), "#!/bin/sh\n%s --duration 0.4 --limit 1M --file %s\n", path,
		scratch("load.apbundle"));
	write_file(script, line, 0755);
	struct traced t = trace_command((const char *const[]){ "-f", "-e", "app=open,miss,evict", NULL },
		(const char *const[]){ script, NULL });
	code_is(t.run, 0);
	trace_is_whole(&t);
	ck_assert_int_gt(count_events(&t, "miss"), 10);
	ck_assert_int_eq(cJSON_GetArraySize(get(t.summary, "notes")), 1);
	const char *note = get(t.summary, "notes")->child->valuestring;
	ck_assert_msg(strstr(note, "bundle_load") && strstr(note, "missing"), "%s", note);
	ck_assert_ptr_nonnull(strstr(t.run->err, note));
}
END_TEST

Suite *system_processes_suite(void)
{
	Suite *suite = suite_create("system_processes");
	TCase *tc = tcase_create("processes");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, only_the_command);
	tcase_add_test(tc, thousand_forks);
	tcase_add_loop_test(tc, other_ways_to_start, 0, 3);
	tcase_add_test(tc, exec_chain);
	tcase_add_test(tc, grandchildren_outlive_the_command);
	tcase_add_loop_test(tc, not_followed, 0, 3);
	tcase_add_test(tc, threads_in_order);
	tcase_add_test(tc, loader_in_a_shell);
	tcase_add_test(tc, loader_in_a_script);
	suite_add_tcase(suite, tc);
	return suite;
}
