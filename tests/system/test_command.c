/* SPDX-License-Identifier: BSD-2-Clause */
/* The command keeps its own exit status, standard input and output, and user. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/suites.h"
#include "traced.h"

/* ---- how it ends ---- */

START_TEST(crash)
{
	const char *program = built("tests/targets/crash");
	struct traced t = TRACE(program);
	code_is(t.run, 139);
	trace_is_whole(&t);
	ck_assert_ptr_nonnull(strstr(t.run->err, "before\n"));
	ck_assert_ptr_null(strstr(t.run->err, "after\n"));
	ck_assert_int_eq(num(t.summary, "exit_code"), 139);
	ck_assert_str_eq(str(t.summary, "signal"), "SIGSEGV");
	const cJSON *last = t.events->child->prev;
	ck_assert(is_event(last, "exit"));
	ck_assert_str_eq(str(last, "signal"), "SIGSEGV");
	ck_assert(is_call(last->prev, "lseek")); /* its last action */
	ck_assert_int_eq(arg_num(last->prev, 1), 123456);

	struct run *run = RUN(built("bundletrace"), "-C", "--", program);
	code_is(run, 139);
	ck_assert_str_eq(run->out, "before\n");
	const char *said = strstr(run->err, "lseek(-1, 123456, SEEK_SET) = -1 EBADF (Bad file descriptor)\n"
					    "+++ killed by SIGSEGV");
	ck_assert_msg(said != NULL, "%.3000s", run->err);
	ck_assert_ptr_nonnull(strstr(said, "% time     seconds"));
}
END_TEST

START_TEST(own_code)
{
	struct traced t = TRACE("sh", "-c", "exit 3");
	code_is(t.run, 3);
	trace_is_whole(&t);
	ck_assert_int_eq(num(t.summary, "exit_code"), 3);
	ck_assert_ptr_null(str(t.summary, "signal"));
	struct run *run = RUN(built("bundletrace"), "--", "sh", "-c", "exit 3");
	code_is(run, 3);
	ck_assert_ptr_nonnull(strstr(run->err, "+++ exited with 3 +++\n"));
}
END_TEST

/* Its children that are the tracer's are no zombies, whatever the tracer is doing. */
START_TEST(children_of_its_parent)
{
	static const char *const ways[][3] = { { "-f" }, { "-c" }, { "-s", "-e", "clone" },
		{ "--format", "json" } };
	const char *argv[10] = { built("bundletrace") };
	int n = 1;
	for (int i = 0; i < 3 && ways[_i][i]; i++)
		argv[n++] = ways[_i][i];
	argv[n++] = "--";
	argv[n++] = built("tests/targets/parented");
	argv[n++] = "20";
	code_is(run_program(argv), 0);
}
END_TEST

/* Not while nobody reads the trace either. */
START_TEST(children_of_its_parent_while_the_reader_stalls)
{
	static const char script[] = "{ \"$0\" -f -- \"$1\" 3 20000 2>&1 >\"$2\"; } |"
				     "{ until test -s \"$2\"; do sleep 0.1; done; cat >&2; cat \"$2\"; }";
	struct run *run = RUN(
		"sh", "-c", script, built("bundletrace"), built("tests/targets/parented"), scratch("said"));
	code_is(run, 0);
	ck_assert_str_eq(run->out, "reaped\n");
}
END_TEST

/* One line on standard error that names the program, and nothing that looks like a trace. */
static void refused(const char *program, int code)
{
	static const char *const formats[] = { "text", "json", "jsonl" };
	for (int i = 0; i < 3; i++) {
		struct run *run =
			RUN(built("bundletrace"), "--format", formats[i], "--", program, "argument");
		code_is(run, code);
		const char *name = strrchr(program, '/') ? strrchr(program, '/') : program;
		ck_assert_msg(strncmp(run->err, "bundletrace: ", 13) == 0 && strstr(run->err, name), "%s: %s",
			program, run->err);
		ck_assert_ptr_null(strstr(run->err, "execve("));
	}
}

START_TEST(cannot_be_executed)
{
	const char *text = scratch("text"), *nonsense = scratch("nonsense"), *lost = scratch("lost");
	write_file(text, "hello\n", 0644);
	write_file(nonsense, "neither ELF nor script\n", 0755);
	write_file(lost, "#!/nowhere/at/all\n", 0755);
	refused("/nowhere/at/all", 127);
	refused("no-such-program-anywhere", 127);
	refused("/etc/passwd/below", 127);
	refused("", 127);
	refused(scratch("."), 126);
	refused(text, 126);
	refused(nonsense, 126);
	refused(lost, 127);
}
END_TEST

START_TEST(document_of_what_cannot_be_executed)
{
	/* a program that started has a document: here it never ran, so there is none, or a complete one */
	const char *nonsense = scratch("nonsense");
	write_file(nonsense, "neither ELF nor script\n", 0755);
	struct run *run = RUN(built("bundletrace"), "--format", "json", "--", nonsense);
	code_is(run, 126);
	if (run->out_len > 0)
		ck_assert_int_eq(num(traced_of(run).summary, "exit_code"), 126);
}
END_TEST

/* ---- standard input and output ---- */

START_TEST(passes_through)
{
	const char *argv[] = { built("bundletrace"), "--", "cat", NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .input = "x\n" });
	run_wait(run);
	code_is(run, 0);
	ck_assert_str_eq(run->out, "x\n");
	ck_assert_ptr_nonnull(strstr(run->err, "write(1"));
}
END_TEST

START_TEST(json_moves_it_aside)
{
	static const char *const formats[] = { "json", "jsonl" };
	const char *argv[] = { built("bundletrace"), "--format", formats[_i], "--", "cat", NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .input = "passed on\n" });
	run_wait(run);
	code_is(run, 0);
	ck_assert_ptr_nonnull(strstr(run->err, "passed on\n"));
	ck_assert_ptr_null(strstr(run->out, "passed on"));
	if (_i == 0)
		trace_is_whole(&(struct traced[]){ traced_of(run) }[0]);
	else
		ck_assert_int_eq(strncmp(run->out, "{\"event\":\"start\"", 16), 0);
}
END_TEST

START_TEST(output_file)
{
	static const char *const formats[] = { "text", "json", "jsonl" };
	const char *file = scratch("trace");
	const char *argv[] = { built("bundletrace"), "--format", formats[_i], "-o", file, "--", "sh", "-c",
		"cat; echo complaint >&2", NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .input = "x\n" });
	run_wait(run);
	code_is(run, 0);
	ck_assert_str_eq(run->out, "x\n");
	ck_assert_ptr_nonnull(strstr(run->err, "complaint\n"));
	ck_assert_ptr_null(strstr(run->err, "execve"));
	if (_i == 1)
		trace_is_whole(&(struct traced[]){ traced_file(run, file) }[0]);
	else
		ck_assert_ptr_nonnull(strstr(file_text(file, NULL), "execve"));
}
END_TEST

/* The tracer has a higher priority than what it traces, and the command has the priority that it would
 * have without the tracer. */
START_TEST(priorities)
{
	const char *file = scratch("trace");
	int own = getpriority(PRIO_PROCESS, 0);
	struct run *run = RUN(built("bundletrace"), "-o", file, "--", "/bin/sh", "-c",
		"nice; cut -d ' ' -f 19 /proc/$PPID/stat");
	code_is(run, 0);
	bool may = own == 0 && setpriority(PRIO_PROCESS, 0, -10) == 0;
	char expected[32];
	snprintf(expected, sizeof(expected), "%d\n%d\n", own, may ? -10 : own);
	ck_assert_str_eq(run->out, expected);
}
END_TEST

START_TEST(no_descriptor_leaks_into_it)
{
	struct run *run = RUN(built("bundletrace"), "-o", scratch("trace"), "--", "ls", "/proc/self/fd");
	code_is(run, 0);
	ck_assert_str_eq(run->out, "0\n1\n2\n3\n"); /* 3 is the folder itself */
}
END_TEST

/* A reader that goes away ends the trace, not the command. */
START_TEST(closed_pipe)
{
	static const char *const pipes[] = {
		"\"$0\" -- \"$1\" 20000 2>&1 >/dev/null | head -1",
		"\"$0\" --format json -- \"$1\" 20000 2>/dev/null | head -1",
		"\"$0\" --format jsonl -- sh -c '\"$0\" 20000; \"$0\" 20000' \"$1\" 2>/dev/null | head -1",
	};
	char script[512];
	const char *done = scratch("done"), *program = scratch("program");
	snprintf(script, sizeof(script), "#!/bin/sh\n%s \"$1\" && touch %s\n", built("tests/targets/storm"),
		done);
	if (script[10] != '/') { /* a relative build folder, from the folder that the test runs in */
		char here[256];
		ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
		snprintf(script, sizeof(script), "#!/bin/sh\ncd %s && %s \"$1\" && touch %s\n", here,
			built("tests/targets/storm"), done);
	}
	write_file(program, script, 0755);
	struct run *run = RUN("sh", "-c", pipes[_i], built("bundletrace"), program);
	code_is(run, 0);
	ck_assert_int_gt(run->out_len, 10);
	ck_assert_ptr_eq(strchr(run->out, '\n'), run->out + run->out_len - 1);
	/* the shell's pipe waits for bundletrace, and bundletrace for the command */
	for (int i = 0; access(done, F_OK) != 0 && i < 500; i++)
		usleep(10000);
	ck_assert_msg(access(done, F_OK) == 0, "the command did not come to its end");
}
END_TEST

START_TEST(full_disk)
{
	struct run *run = RUN(built("bundletrace"), "-o", "/dev/full", "--", "sh", "-c", "echo went on");
	ck_assert_str_eq(run->out, "went on\n");
	code_is(run, 1);
	ck_assert_ptr_nonnull(strstr(run->err, "/dev/full: No space left on device"));
}
END_TEST

/* ---- its user ---- */

START_TEST(runs_as_the_user_of_sudo)
{
	const char *env[] = { "SUDO_UID=65534", "SUDO_GID=65534", "SUDO_USER=nobody", NULL };
	const char *program = scratch("whoami"); /* a folder that the user may enter */
	code_is(RUN("cp", built("tests/targets/whoami"), program), 0);
	const char *argv[] = { built("bundletrace"), "-o", scratch("trace"), "--", program, NULL };
	struct run *run = run_start(&(struct run_spec){ .argv = argv, .env = env });
	run_wait(run);
	code_is(run, 0);
	ck_assert_msg(strncmp(run->out, "uid 65534 65534 65534 gid 65534 65534 65534\nhome ", 49) == 0, "%s",
		run->out);
	ck_assert_ptr_nonnull(strstr(run->out, " user nobody sudo -\n"));
	ck_assert_ptr_nonnull(strstr(file_text(scratch("trace"), NULL), "getresuid("));
}
END_TEST

START_TEST(runs_as_root_without_sudo)
{
	struct run *run =
		RUN(built("bundletrace"), "-o", scratch("trace"), "--", built("tests/targets/whoami"));
	code_is(run, 0);
	ck_assert_int_eq(strncmp(run->out, "uid 0 0 0 gid 0 0 0", 19), 0);
}
END_TEST

START_TEST(says_what_it_needs)
{
	/* as nobody, from a copy that nobody cannot reach */
	const char *program = scratch("bundletrace");
	code_is(RUN("cp", built("bundletrace"), program), 0);
	struct run *run = RUN("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "--",
		"/bin/echo", "ran anyway");
	code_is(run, 1);
	ck_assert_msg(strstr(run->err, "CAP_BPF") && strstr(run->err, "sudo"), "%s", run->err);
	ck_assert_ptr_null(strstr(run->out, "ran anyway"));
}
END_TEST

Suite *system_command_suite(void)
{
	Suite *suite = suite_create("system_command");
	TCase *tc = tcase_create("command");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_test(tc, crash);
	tcase_add_test(tc, own_code);
	tcase_add_loop_test(tc, children_of_its_parent, 0, 4);
	tcase_add_test(tc, children_of_its_parent_while_the_reader_stalls);
	tcase_add_test(tc, cannot_be_executed);
	tcase_add_test(tc, document_of_what_cannot_be_executed);
	tcase_add_test(tc, passes_through);
	tcase_add_loop_test(tc, json_moves_it_aside, 0, 2);
	tcase_add_loop_test(tc, output_file, 0, 3);
	tcase_add_test(tc, priorities);
	tcase_add_test(tc, no_descriptor_leaks_into_it);
	tcase_add_loop_test(tc, closed_pipe, 0, 3);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, runs_as_the_user_of_sudo);
	tcase_add_test(tc, runs_as_root_without_sudo);
	tcase_add_test(tc, says_what_it_needs);
	suite_add_tcase(suite, tc);
	return suite;
}
