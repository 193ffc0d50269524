/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that start to match --comm, --uid and --cgroup while they run, and processes that stop. */
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

/* How a process starts to match, or stops. */
struct turning {
	const char *option, *value; /* the selection */
	const char *what, *into;    /* what the process changes to */
};

/* Both threads, with no other call than those after (or before) the change. */
static void only_marked(const cJSON *events, int mark)
{
	const cJSON *event;
	int64_t first = num(events->child, "tid");
	bool other = false;
	cJSON_ArrayForEach(event, events)
	{
		ck_assert_int_eq(arg_num(event, 1), mark);
		other |= num(event, "tid") != first;
	}
	ck_assert(other);
}

static pid_t turned(const char *trace, const struct turning *t)
{
	pid_t pid;
	struct run *run =
		ready((const char *const[]){ built("tests/targets/turns"), t->what, t->into, NULL }, &pid);
	struct run *tracer = WATCH(trace, t->option, t->value, "-e", "lseek", "-e", "app=none");
	usleep(200000);
	run_type(run, "turn\n");
	run_await(run, "turned\n");
	usleep(2500000);
	watch_end(tracer, trace);
	return pid;
}

/* Within a second, all its threads. */
START_TEST(becomes_chosen)
{
	const char *trace = scratch("trace");
	char mount[256], name[64], procs[600] = "";
	struct turning ways[] = { { "--uid", USER, "uid", USER },
		{ "--comm", "whomturned", "comm", "whomturned" }, { "--cgroup", name, "cgroup", procs } };
	if (_i == 2) {
		if (!groups_mount(GROUPS_VERSION_2, mount, sizeof(mount)))
			return;
		snprintf(name, sizeof(name), "bundletrace-test-%d", (int)getpid());
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", groups_make(mount, name));
	}
	const cJSON *events = events_of(trace, turned(trace, &ways[_i]));
	ck_assert_int_gt(cJSON_GetArraySize(events), 50);
	only_marked(events, 2);
}
END_TEST

START_TEST(is_chosen_no_more)
{
	const char *trace = scratch("trace");
	const cJSON *events =
		events_of(trace, turned(trace, &(struct turning){ "--comm", "turns", "comm", "whomturned" }));
	const cJSON *event = events->child;
	while (event && arg_num(event, 1) == 1)
		event = event->next;
	ck_assert_ptr_nonnull(event);
	ck_assert_ptr_ne(event, events->child);
	ck_assert_int_lt(num(events->child->prev, "time_ns") - num(event, "time_ns"), 1500000000);
}
END_TEST

/* The counts of the tables are those since it matches. */
START_TEST(tables_of_one_that_becomes_chosen)
{
	const char *table = scratch("table"), *bundle = scratch("b.apbundle"), *group;
	char mount[256], name[64], line[64];
	if (!groups_mount(GROUPS_VERSION_2, mount, sizeof(mount)))
		return;
	snprintf(name, sizeof(name), "bundletrace-test-%d", (int)getpid());
	group = groups_make(mount, name);
	code_is(RUN(built("bundle_load"), "--models", "1", "--size", "1K", "--count", "1", "--keep", "--file",
			bundle),
		0);
	struct run *loader = lines_loader((const char *const[]){ built("tests/targets/stay"), bundle, NULL });
	struct run *tracer = run_start(&(struct run_spec){
		.argv = (const char *const[]){ built("bundletrace"), "-c", "-e", "trace=none", "--format",
			"csv", "-o", table, "--cgroup", name, NULL } });
	int lines = 0;
	for (int i = 0; i < 2000 && access(table, F_OK); i++)
		usleep(5000);
	usleep(300000);
	for (; lines < 30; lines++)
		run_type(loader, "go on\n");
	run_await(loader, "got 30\n");
	snprintf(line, sizeof(line), "%d", (int)loader->pid);
	code_is(RUN("sh", "-c", "echo $0 > $1/cgroup.procs", line, group), 0);
	usleep(1500000);
	for (; lines < 50; lines++)
		run_type(loader, "go on\n");
	run_await(loader, "got 50\n");
	kill(tracer->pid, SIGINT);
	run_wait(tracer);
	code_is(tracer, 0);
	const char *text = file_text(table, NULL);
	ck_assert_msg(strstr(text, "b.apbundle,20,20,0,0,0,0,") != NULL, "%s", text);
}
END_TEST

static void end_test(void)
{
	watch_free();
	groups_remove();
}

Suite *system_turns_suite(void)
{
	Suite *suite = suite_create("system_turns");
	TCase *tc = tcase_create("turns");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, end_test);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, becomes_chosen, 0, 3);
	tcase_add_test(tc, is_chosen_no_more);
	tcase_add_test(tc, tables_of_one_that_becomes_chosen);
	suite_add_tcase(suite, tc);
	return suite;
}
