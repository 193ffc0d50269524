/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ways in which hooks are attached (user/kernel/kernel_hooks.h). The other suites run with the one that this
 * kernel needs; here those that hold the trace against the program's own log, strace and /proc run with the other too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "traced.h"

static const char *const ways[] = { "btf", "classic" };

static void attach_by(const char *way)
{
	need_tracefs(); /* the numbers of classic tracepoints are there */
	ck_assert_int_eq(setenv("BUNDLETRACE_HOOKS", way, 1), 0);
}

/* True if no hook is ever skipped at BTF tracepoints: bundletrace says so of this kernel. */
static bool btf_is_exact(void)
{
	ck_assert_int_eq(unsetenv("BUNDLETRACE_HOOKS"), 0);
	struct run *run = RUN(built("bundletrace"), "--debug", "-c", "--", "/bin/true");
	code_is(run, 0);
	return strstr(
		run->err, "\nbundletrace: hooks: BTF tracepoints: this kernel does not preempt hooks\n");
}

START_TEST(debug_says_which)
{
	static const char *const said[] = { "hooks: BTF tracepoints", "hooks: classic tracepoints" };
	attach_by(ways[_i]);
	struct run *run = RUN(built("bundletrace"), "--debug", "-c", "--", "/bin/true");
	code_is(run, 0);
	ck_assert_msg(strstr(run->err, said[_i]) != NULL, "not \"%s\"", said[_i]);
}
END_TEST

/* The classic tracepoint of exec tells neither the number of arguments nor that of variables. */
START_TEST(exec_is_whole)
{
	char *argv[600] = { "/usr/bin/env", "-i", NULL };
	int count = 2;
	attach_by(ways[_i]);
	static char variables[500][16];
	for (int i = 0; i < 500; i++) {
		snprintf(variables[i], sizeof(variables[i]), "V%d=%d", i, i);
		argv[count++] = variables[i];
	}
	argv[count++] = "/bin/echo";
	argv[count++] = "";
	argv[count++] = "x";
	const char *whole[610] = { built("bundletrace"), "-f", "-e", "trace=execve", "-o", scratch("trace"),
		"--" };
	memcpy(whole + 7, argv, (size_t)count * sizeof(*argv));
	code_is(run_program(whole), 0);
	const char *text = file_text(scratch("trace"), NULL);
	const char *line = strstr(text, "execve(\"/bin/echo\", [\"/bin/echo\", \"\", \"x\"], ");
	ck_assert_msg(line != NULL, "%s", text);
	const char *said = strstr(line, "/* 500 vars */");
	ck_assert_msg(said && said < strchr(line, '\n'), "%s", line);
}
END_TEST

/* More tasks than processors that do nothing but calls: each is counted. */
START_TEST(no_call_is_missed)
{
	attach_by(ways[_i]);
	struct run *run = RUN(built("bundletrace"), "-f", "--format", "json", "-e", "trace=read,write", "-c",
		"--", "sh", "-c",
		"for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=1 count=20000 2>&- & done; wait");
	code_is(run, 0);
	struct traced t = traced_of(run);
	int64_t reads = num(t.summary, "syscall_counts.read"),
		writes = num(t.summary, "syscall_counts.write");
	int64_t lost = num(t.summary, "lost.total");
	/* dd's loader reads too, and it writes what it has done */
	ck_assert_msg(lost ? reads + lost >= 80000 && writes + lost >= 80000
			   : reads >= 80000 && writes >= 80000 && reads <= 80100 && writes <= 80100,
		"%lld reads, %lld writes, %lld lost", (long long)reads, (long long)writes, (long long)lost);
	if (_i == 1 || btf_is_exact())
		ck_assert_int_eq(lost, 0);
}
END_TEST

static const char *const suites[] = { "system_exerciser", "system_processes", "system_live",
	"system_unfinished" };

START_TEST(suites_pass_with_the_other_way)
{
	char suite[64], way[64];
	snprintf(suite, sizeof(suite), "CK_RUN_SUITE=%s", suites[_i]);
	/* where BTF tracepoints lose calls, the other suites run with the classic ones */
	snprintf(way, sizeof(way), "BUNDLETRACE_HOOKS=classic");
	const char *const env[] = { suite, way, "BUNDLETRACE_SEEDS=25", NULL };
	struct run *run = run_start(&(struct run_spec){
		.argv = (const char *const[]){ built("check"), NULL }, .env = env, .seconds = 200 });
	run_wait(run);
	code_is(run, 0);
	ck_assert_msg(strstr(run->out, "Failures: 0, Errors: 0") != NULL, "%s", run->out);
}
END_TEST

Suite *system_hooks_suite(void)
{
	Suite *suite = suite_create("system_hooks");
	TCase *tc = tcase_create("hooks");
	tcase_set_timeout(tc, 240);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, debug_says_which, 0, 2);
	tcase_add_loop_test(tc, exec_is_whole, 0, 2);
	tcase_add_loop_test(tc, no_call_is_missed, 0, 2);
	if (!SANITIZED) /* other programs of the kernel; of the tracer, what attaches them, as above */
		tcase_add_loop_test(tc, suites_pass_with_the_other_way, 0, sizeof(suites) / sizeof(*suites));
	suite_add_tcase(suite, tc);
	return suite;
}
