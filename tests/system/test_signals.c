/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C and similar signals: the command gets them once, as without a tracer, and everything is
 * printed. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

enum way { TERMINAL, GROUP, ALONE };

static const struct {
	enum way way;
	int signal;
} sent[] = { { TERMINAL, SIGINT }, { GROUP, SIGINT }, { ALONE, SIGINT }, { GROUP, SIGTERM },
	{ ALONE, SIGTERM } };

#define SENT ((int)(sizeof(sent) / sizeof(*sent)))

static struct run *start(enum way way, const char *format, const char *mode)
{
	const char *argv[] = { built("bundletrace"), "--format", format, "-C", "--",
		built("tests/targets/interrupted"), mode, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .terminal = way == TERMINAL });
	run_await(run, "ready ");
	nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000000 }, NULL);
	return run;
}

static void interrupt(struct run *run, int i)
{
	if (sent[i].way == TERMINAL)
		run_type(run, "\x03");
	else
		ck_assert_int_eq(kill(sent[i].way == GROUP ? -run->pid : run->pid, sent[i].signal), 0);
}

/* All calls that it made after it was ready are in the trace: as many as the kernel counted. */
static void trace_shows_its_calls(struct run *run)
{
	struct traced t = traced_of(run);
	trace_is_whole(&t);
	ck_assert_int_gt(count_calls(&t, "lseek"), 3);
}

static void text_is_whole(const struct run *run, const char *end)
{
	ck_assert_ptr_nonnull(strstr(run->err, "lseek(-1, 777, SEEK_SET) = -1 EBADF"));
	ck_assert_msg(strstr(run->err, end) != NULL, "no %s in ...%s", end,
		run->err + (run->err_len > 2000 ? run->err_len - 2000 : 0));
	ck_assert_ptr_nonnull(strstr(run->err, "% time     seconds"));
}

START_TEST(dies_of_it)
{
	int code = 128 + sent[_i].signal;
	struct run *run = start(sent[_i].way, "json", "die");
	interrupt(run, _i);
	run_wait(run);
	code_is(run, code);
	trace_shows_its_calls(run);
	struct traced t = traced_of(run);
	ck_assert_int_eq(num(t.summary, "exit_code"), code);
	ck_assert_str_eq(str(t.summary, "signal"), sent[_i].signal == SIGINT ? "SIGINT" : "SIGTERM");

	run = start(sent[_i].way, "text", "die");
	interrupt(run, _i);
	run_wait(run);
	code_is(run, code);
	text_is_whole(run,
		sent[_i].signal == SIGINT ? "+++ killed by SIGINT +++\n" : "+++ killed by SIGTERM +++\n");
}
END_TEST

START_TEST(handles_it)
{
	struct run *run = start(sent[_i].way, "json", "handle");
	interrupt(run, _i);
	run_wait(run);
	code_is(run, 7);
	trace_shows_its_calls(run);
	/* what it does after the signal is traced, and it gets a terminal's signal once, not twice */
	ck_assert_ptr_nonnull(strstr(run->err, "signals: "));
	if (sent[_i].way != GROUP)
		ck_assert_msg(strstr(run->err, "signals: 1\n") != NULL, "%s", run->err);
	struct traced t = traced_of(run);
	const cJSON *event, *last = NULL;
	cJSON_ArrayForEach(event, t.events) if (is_call(event, "lseek")) last = event;
	ck_assert_int_eq(arg_num(last, 1), 778);
	ck_assert_int_eq(num(t.summary, "exit_code"), 7);

	run = start(sent[_i].way, "text", "handle");
	interrupt(run, _i);
	run_wait(run);
	code_is(run, 7);
	text_is_whole(run, "+++ exited with 7 +++\n");
}
END_TEST

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The trace ends nevertheless, soon; the command continues. */
START_TEST(ignores_it)
{
	struct run *run = start(sent[_i].way, _i % 2 ? "text" : "json", "ignore");
	double sent_at = now();
	interrupt(run, _i);
	run_wait(run);
	ck_assert_double_lt(now() - sent_at, 3);
	ck_assert_double_gt(now() - sent_at, 0.2); /* it had time to end */
	code_is(run, 128 + sent[_i].signal);
	const char *ready = strstr(_i % 2 ? run->out : run->err, "ready ");
	ck_assert_ptr_nonnull(ready);
	pid_t target = (pid_t)atoi(ready + 6);
	ck_assert_msg(kill(target, 0) == 0, "the command is gone");
	ck_assert_int_eq(kill(target, SIGKILL), 0);
	char still[64];
	snprintf(still, sizeof(still), "process %d still runs", (int)target);
	ck_assert_ptr_nonnull(strstr(run->err, still));
	if (_i % 2) {
		text_is_whole(run, "lseek(");
		return;
	}
	trace_shows_its_calls(run);
	struct traced t = traced_of(run);
	ck_assert(cJSON_IsNull(get(t.summary, "exit_code")));
}
END_TEST

/* The second one ends it immediately. */
START_TEST(twice)
{
	struct run *run = start(ALONE, "json", "ignore");
	double sent_at = now();
	kill(run->pid, SIGINT);
	nanosleep(&(struct timespec){ .tv_nsec = 100 * 1000000 }, NULL);
	kill(run->pid, SIGINT);
	run_wait(run);
	ck_assert_double_lt(now() - sent_at, 0.8);
	kill((pid_t)atoi(strstr(run->err, "ready ") + 6), SIGKILL);
	trace_shows_its_calls(run);
}
END_TEST

/* ---- a reader that does not read ---- */

enum { PIPE_BYTES = 65536 };

struct unread {
	pid_t pid;
	int from; /* what it writes */
	int messages;
};

/* Runs a program whose `output` (1 or 2) is a pipe that is not read, until the pipe is full. */
static struct unread start_unread(const char *const *argv, int output)
{
	struct unread u;
	int pipe_to[2], messages[2], waiting = 0, before = -1;
	ck_assert_int_eq(pipe2(pipe_to, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(messages, O_CLOEXEC), 0);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_to[1], output);
	posix_spawn_file_actions_adddup2(&actions, messages[1], output == 1 ? 2 : 1);
	ck_assert_int_ge(fcntl(pipe_to[1], F_SETPIPE_SZ, 4096), 0);
	ck_assert_int_eq(posix_spawn(&u.pid, argv[0], &actions, NULL, (char **)argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_to[1]);
	close(messages[1]);
	u.from = pipe_to[0];
	u.messages = messages[0];
	for (int i = 0; i < 100 && (waiting == 0 || waiting != before); i++) {
		before = waiting;
		nanosleep(&(struct timespec){ .tv_nsec = 300 * 1000000 }, NULL);
		ck_assert_int_eq(ioctl(u.from, FIONREAD, &waiting), 0);
	}
	ck_assert_int_gt(waiting, 0);
	ck_assert_int_eq(waiting, before);
	return u;
}

/* A trace of a command that never ends. */
static struct unread trace_unread(const char *format)
{
	const char *const argv[] = { built("bundletrace"), "--format", format, "--",
		built("tests/targets/storm"), "1000000000", NULL };
	return start_unread(argv, strcmp(format, "text") == 0 ? 2 : 1);
}

/* Its exit status, and the time it took to end. */
static int ends(struct unread *u, double sent_at, double *took)
{
	int status;
	ck_assert_int_eq(waitpid(u->pid, &status, 0), u->pid);
	*took = now() - sent_at;
	close(u->from);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(nobody_reads)
{
	static const char *const formats[] = { "jsonl", "text", "csv" };
	struct unread u = trace_unread(formats[_i]);
	char message[4096] = "";
	if (_i == 0) /* and that is reported */
		nanosleep(&(struct timespec){ .tv_sec = 1, .tv_nsec = 300 * 1000000 }, NULL);
	double sent_at = now(), took;
	kill(u.pid, SIGINT);
	ck_assert_int_eq(ends(&u, sent_at, &took), 1);
	/* a second for the reader, one for standard error where that is not read either, and the time to
	 * detach */
	ck_assert_double_lt(took, 4);
	ssize_t got = read(u.messages, message, sizeof(message) - 1);
	ck_assert_int_ge(got, 0);
	ck_assert_msg(_i == 1 || strstr(message, "output: nobody reads it"), "%s", message);
	ck_assert_msg(_i != 0 || strstr(message, "nobody reads the output: events are lost"), "%s", message);
	close(u.messages);
}
END_TEST

START_TEST(nobody_reads_bundletop)
{
	struct run *loader = run_start(&(struct run_spec){
		.argv = (const char *const[]){ built("bundle_load"), "--models", "100", "--size", "4K",
			"--count", "1000000000", "--file", scratch("l.apbundle"), NULL } });
	const char *const argv[] = { built("bundletop"), "-b", "--json", "-i", "0.1", NULL };
	struct unread u = start_unread(argv, 1);
	double sent_at = now(), took;
	kill(u.pid, SIGINT);
	ck_assert_int_eq(ends(&u, sent_at, &took), 1);
	ck_assert_double_lt(took, 4);
	close(u.messages);
	kill(loader->pid, SIGKILL);
	run_wait(loader);
}
END_TEST

/* A reader that starts late gets everything, including the summary. */
START_TEST(reads_late)
{
	struct unread u = trace_unread("jsonl");
	static char tail[256], bytes[PIPE_BYTES];
	ck_assert_int_gt(read(u.from, bytes, sizeof(bytes)), 0); /* it continues, for now */
	double sent_at = now(), took;
	kill(u.pid, SIGINT);
	nanosleep(&(struct timespec){ .tv_nsec = 300 * 1000000 }, NULL);
	for (ssize_t got; (got = read(u.from, bytes, sizeof(bytes))) > 0;) {
		size_t keep = (size_t)got < sizeof(tail) - 1 ? (size_t)got : sizeof(tail) - 1;
		memmove(tail, tail + keep, sizeof(tail) - 1 - keep);
		memcpy(tail + sizeof(tail) - 1 - keep, bytes + got - keep, keep);
	}
	ck_assert_int_eq(ends(&u, sent_at, &took), 128 + SIGINT);
	ck_assert_msg(strstr(tail, "\"by_cause\":{") != NULL, "%s", tail);
	close(u.messages);
}
END_TEST

Suite *system_signals_suite(void)
{
	Suite *suite = suite_create("system_signals");
	TCase *tc = tcase_create("signals");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, dies_of_it, 0, SENT);
	tcase_add_loop_test(tc, handles_it, 0, SENT);
	tcase_add_loop_test(tc, ignores_it, 0, SENT);
	tcase_add_test(tc, twice);
	tcase_add_loop_test(tc, nobody_reads, 0, 3);
	tcase_add_test(tc, nobody_reads_bundletop);
	tcase_add_test(tc, reads_late);
	suite_add_tcase(suite, tc);
	return suite;
}
