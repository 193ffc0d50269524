/* SPDX-License-Identifier: BSD-2-Clause */
/* Loaders with their own root, mounts and pids, as containers have them; and a tracer inside one. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suites.h"
#include "lines.h"

#define MORE 20

static const char *box;

/* A root folder with loaders, their libraries, and a bundle. */
static void make_box(void)
{
	static const char script[] = "set -e; box=$1; shift; mkdir -p $box/tmp $box/proc\n"
				     "for program in \"$@\"; do cp $program $box\n"
				     "for library in $(ldd $program | grep -o '/[^ ]*'); do\n"
				     "cp -L --parents $library $box; done; done";
	const char *stay = built("tests/targets/stay"), *load = built("bundle_load");
	box = scratch("box");
	code_is(RUN("/bin/sh", "-c", script, "sh", box, stay, load, built("tests/targets/later"),
			built("libpagedbundle.so")),
		0);
	char bundle[4200];
	snprintf(bundle, sizeof(bundle), "%s/b.apbundle", box);
	code_is(RUN(load, "--models", "3", "--size", "1K", "--count", "3", "--keep", "--file", bundle), 0);
}

#define MOUNT_PROC_MAX 4200

/* unshare with mount and pid namespaces, then chroot to the box, then a command. */
struct boxed {
	char proc[MOUNT_PROC_MAX];
	const char *argv[32];
};

static const char *const *boxed(struct boxed *b, const char *const before[], const char *const command[])
{
	int n = 0;
	snprintf(b->proc, sizeof(b->proc), "--mount-proc=%s/proc", box);
	for (; *before; before++)
		b->argv[n++] = *before;
	const char *const unshare[] = { "unshare", "--mount", "--propagation", run_propagation(), "--pid",
		"--fork", b->proc, "chroot", box };
	for (size_t i = 0; i < sizeof(unshare) / sizeof(*unshare); i++)
		b->argv[n++] = unshare[i];
	for (; *command; command++)
		b->argv[n++] = *command;
	b->argv[n] = NULL;
	return b->argv;
}

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NOTHING   ((const char *const[]){ NULL })

/* ---- a command that creates a container ---- */

static void reads_have_names(const struct traced *t)
{
	int reads = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		if (!is_call(event, "pread64") || num(event, "result") < 65536)
			continue;
		ck_assert_str_eq(file_path(event), "/tmp/l.apbundle");
		ck_assert_msg(has(event, "region") && str(event, "region.first")[0] == 'm', "%s",
			cJSON_PrintUnformatted(event));
		reads++;
	}
	ck_assert_int_gt(reads, 10);
}

/* A task in its own namespace has two numbers in every event, and its parent's fork event has both. */
static void numbers_agree(const struct traced *t)
{
	int64_t child = 0;
	int inside = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t->events)
	{
		if (is_event(event, "fork") && !child) {
			child = num(event, "child_pid");
			ck_assert(!has(event, "ns_pid"));
			ck_assert_int_eq(num(event, "child_ns_pid"), 1);
			ck_assert_int_eq(num(event, "child_ns_tid"), 1);
			ck_assert_int_ne(child, 1);
		}
		ck_assert(has(event, "ns_pid") == (num(event, "pid") == child));
		if (!has(event, "ns_pid"))
			continue;
		ck_assert_int_eq(num(event, "ns_pid"), 1);
		ck_assert_int_eq(num(event, "ns_tid"), 1);
		inside++;
	}
	ck_assert_int_gt(inside, 100);
}

START_TEST(command_makes_a_container)
{
	struct boxed b;
	const char *trace = scratch("trace");
	struct run *run = run_program(boxed(&b,
		ARGS(built("bundletrace"), "--format", "json", "-o", trace, "-f", "-e",
			"trace=pread64,execve", "--"),
		ARGS("/bundle_load", "--json", "--duration", "0.5", "--models", "8", "--size", "4M",
			"--limit", "10M", "--file", "/tmp/l.apbundle")));
	code_is(run, 0);
	struct traced t = traced_file(run, trace);
	trace_is_whole(&t);
	cJSON *own = cJSON_Parse(run->out);
	ck_assert_msg(own != NULL, "%s", run->out);
	ck_assert_int_eq(count_events(&t, "hit"), num(own, "hits"));
	ck_assert_int_eq(count_events(&t, "miss"), num(own, "misses"));
	ck_assert_int_eq(num(get(t.summary, "bundles")->child, "evictions"), num(own, "evictions"));
	ck_assert_int_gt(num(own, "misses"), 10);
	cJSON_Delete(own);
	ck_assert_str_eq(lines_note(t.summary), "");
	ck_assert_str_eq(str(get(t.summary, "bundles")->child, "path"), "/tmp/l.apbundle");
	reads_have_names(&t);
	numbers_agree(&t);
}
END_TEST

/* In text, the other number is reported once, before the first line. */
START_TEST(both_numbers_in_text)
{
	struct boxed b;
	char said[64];
	struct run *run = run_program(boxed(&b, ARGS(built("bundletrace"), "-f", "-e", "trace=getpid", "--"),
		ARGS("/stay", "/b.apbundle")));
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->out, "ready 1\n"));
	const char *pid = strstr(run->err, "[pid ");
	ck_assert_ptr_nonnull(pid);
	snprintf(said, sizeof(said), "--- process %d is 1 in its own pid namespace ---\n", atoi(pid + 5));
	const char *line = strstr(run->err, said);
	ck_assert_msg(line != NULL && line < pid, "%s", run->err);
	ck_assert_msg(!strstr(line + strlen(said), "in its own pid namespace"), "%s", run->err);
}
END_TEST

/* A library that is loaded there, by a path that does not exist outside. */
START_TEST(library_loaded_in_a_container)
{
	struct boxed b;
	const char *trace = scratch("trace");
	struct run *run =
		run_start(&(struct run_spec){ .argv = boxed(&b,
						      ARGS(built("bundletrace"), "--format", "jsonl", "-o",
							      trace, "-f", "-e", "trace=none", "--"),
						      ARGS("/later", "/b.apbundle")),
			.keys = true });
	run_await(run, "ready ");
	run_type(run, "/libpagedbundle.so\n");
	run_await(run, "loaded\n");
	int lines = lines_until_seen(run, trace, MORE);
	kill(run->pid, SIGINT);
	run_wait(run);
	struct lines_seen seen = lines_seen(trace);
	ck_assert_int_ge(seen.hits + seen.misses, (MORE + 1) * 3 - 2);
	ck_assert_int_le(seen.hits + seen.misses, lines * 3);
	const char *note = lines_note(seen.summary);
	ck_assert_msg(strstr(note, "/libpagedbundle.so was loaded while"), "%s", note);
}
END_TEST

/* ---- a container that already runs ---- */

static pid_t child_of(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	int child = 0;
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &child), 1);
	fclose(file);
	return child;
}

START_TEST(attached_to_a_container)
{
	struct boxed b;
	char number[16];
	const char *trace = scratch("trace");
	struct run *run = lines_loader(boxed(&b, NOTHING, ARGS("/stay", "/b.apbundle")));
	run_await(run, "ready 1\n");
	pid_t pid = child_of(run->pid);
	snprintf(number, sizeof(number), "%d", (int)pid);
	struct run *tracer = lines_trace(trace, false, ARGS("-p", number));
	int lines = lines_until_seen(run, trace, MORE);
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	code_is(tracer, 0);
	struct lines_seen seen = lines_seen(trace);
	ck_assert_int_gt(seen.hits, MORE);
	ck_assert_int_le(seen.hits + seen.misses, lines);
	ck_assert_int_le(abs(seen.answers - seen.hits - seen.misses), 1);
	ck_assert_int_eq(seen.pid, pid);
	ck_assert_int_eq(seen.ns_pid, 1);
	ck_assert_str_eq(lines_note(seen.summary), "");
	kill(pid, SIGKILL);
}
END_TEST

/* ---- a tracer in a container ---- */

/* It shows the numbers in its own namespace; in namespaces below it there are others. */
START_TEST(tracer_in_a_pid_namespace)
{
	const char *way = run_propagation();
	struct run *run = RUN("unshare", "--mount", "--propagation", way, "--pid", "--fork", "--mount-proc",
		built("bundletrace"), "--format", "json", "-f", "-o", scratch("trace"), "--", "/bin/sh", "-c",
		"echo $$; sh -c 'echo $$; exec true'; unshare --pid --fork sh -c 'echo $$; exec true'; true");
	code_is(run, 0);
	struct traced t = traced_file(run, scratch("trace"));
	trace_is_whole(&t);
	int first, second, inner;
	ck_assert_int_eq(sscanf(run->out, "%d %d %d", &first, &second, &inner), 3);
	ck_assert_int_lt(first, 10);
	ck_assert_int_eq(inner, 1);
	int told = 0, further_in = 0;
	const cJSON *event;
	cJSON_ArrayForEach(event, t.events)
	{
		int64_t pid = num(event, "pid");
		if (is_event(event, "fork"))
			told += num(event, "child_pid") == second;
		if (has(event, "ns_pid")) {
			ck_assert_int_eq(num(event, "ns_pid"), 1);
			ck_assert_int_gt(pid, second);
			further_in++;
		}
		ck_assert_int_ge(pid, first);
		ck_assert_int_lt(pid, 100);
	}
	ck_assert_int_eq(num(t.events->child, "pid"), first);
	ck_assert_int_eq(told, 1);
	ck_assert_int_gt(further_in, 10);
}
END_TEST

/* Without a /proc of its own it reports what it cannot do, and the numbers are still right. */
START_TEST(tracer_without_its_proc)
{
	struct run *run = RUN("unshare", "--pid", "--fork", built("bundletrace"), "--format", "json", "-o",
		scratch("trace"), "--", built("bundle_demo"), scratch("demo.apbundle"));
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, "/proc is that of another pid namespace"), "%s", run->err);
	struct traced t = traced_file(run, scratch("trace"));
	trace_is_whole(&t);
	ck_assert_int_eq(count_events(&t, "miss"), 3);
	ck_assert_int_lt(num(t.events->child, "pid"), 10);
}
END_TEST

/* -p takes the number that is visible there. */
START_TEST(attached_in_a_pid_namespace)
{
	char bundle[4200], script[8192];
	snprintf(bundle, sizeof(bundle), "%s/b.apbundle", box);
	snprintf(script, sizeof(script),
		"(while sleep 0.02; do echo x; done) | %s %s > %s & loader=$!\n"
		"while ! grep -q ready %s; do sleep 0.05; done; echo $loader\n"
		"%s --format jsonl -o %s -d 1 -p $loader; kill $loader; true",
		built("tests/targets/stay"), bundle, scratch("said"), scratch("said"), built("bundletrace"),
		scratch("trace"));
	struct run *run = RUN("unshare", "--mount", "--propagation", run_propagation(), "--pid", "--fork",
		"--mount-proc", "/bin/bash", "-c", script);
	code_is(run, 0);
	struct lines_seen seen = lines_seen(scratch("trace"));
	ck_assert_int_gt(seen.hits, 5);
	ck_assert_int_le(abs(seen.answers - seen.hits - seen.misses), 1);
	ck_assert_int_eq(seen.pid, atoi(run->out));
	ck_assert_int_eq(seen.ns_pid, 0);
}
END_TEST

Suite *system_containers_suite(void)
{
	Suite *suite = suite_create("system_containers");
	TCase *tc = tcase_create("containers");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, make_box, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, command_makes_a_container);
	tcase_add_test(tc, both_numbers_in_text);
	tcase_add_test(tc, library_loaded_in_a_container);
	tcase_add_test(tc, attached_to_a_container);
	tcase_add_test(tc, tracer_in_a_pid_namespace);
	tcase_add_test(tc, tracer_without_its_proc);
	tcase_add_test(tc, attached_in_a_pid_namespace);
	suite_add_tcase(suite, tc);
	return suite;
}
