/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that a seccomp filter or a tracer answers in the kernel's place, and calls of the 32-bit table, as strace has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suites.h"
#include "same_events.h"

static const char *const ways[][3] = { { "-f", NULL }, { "-f", "--no-durations", NULL } };
enum { WAYS = sizeof(ways) / sizeof(ways[0]), KILLED = 128 + 31 /* SIGSYS */ };

START_TEST(skipped_by_seccomp)
{
	same_events(ways[_i], (const char *const[]){ built("tests/targets/skipped"), NULL }, 0);
}
END_TEST

START_TEST(killed_by_seccomp)
{
	same_events(ways[_i], (const char *const[]){ built("tests/targets/skipped"), "end", NULL }, KILLED);
}
END_TEST

/* strace gives results, and sends signals whose handlers return to such calls. */
START_TEST(skipped_by_a_tracer)
{
	same_injected((const char *const[]){ "-e", "inject=sched_yield:retval=5", "-e",
			      "inject=dup:error=ENOSYS:signal=SIGSYS", "-e", "inject=getgid:error=EIO", "-e",
			      "inject=getuid:signal=SIGSYS:when=1+2", "-e",
			      "inject=getppid:retval=0:signal=SIGSYS", NULL },
		(const char *const[]){ built("tests/targets/skipped"), "plain", NULL });
}
END_TEST

/* What strace shows of a call's arguments too, where both show all of them. */
START_TEST(arguments_of_skipped_calls)
{
	const char *lines[] = { "openat(AT_FDCWD, \"/dev/zero\", O_RDONLY) = -1 EACCES (Permission denied)\n",
		"dup(3</dev/null>) = -1 EPERM (Operation not permitted)\n",
		"lseek(-1, 3, SEEK_CUR) = -1 EBADF (Bad file descriptor)\n", "getuid() = -1 ENOSYS (",
		"syscall_600(0x3, ", "rt_sigreturn({mask=[]}) = 77\n",
		"rt_sigreturn({mask=[]}) = -1 ENOSYS (Function not implemented)\n" };
	struct run *run = RUN(built("bundletrace"), "--", built("tests/targets/skipped"));
	code_is(run, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(run->err, lines[i]) != NULL, "not there: %s%.3000s", lines[i], run->err);
}
END_TEST

/* A kernel that refuses these calls sends SIGSEGV; one that does not know such programs cannot execute them. */
static bool are_refused(const char *program)
{
	int code = run_code(RUN("sh", "-c", "exec \"$0\"", program));
	if (code != 128 + 11 && code != 126)
		return false;
	fprintf(stderr, "odd_calls: %s: not tried: this kernel refuses it\n", program);
	return true;
}

START_TEST(calls_of_32_bits)
{
	const char *programs[] = { built("tests/targets/calls32"), built("tests/targets/calls32_i386") };
	const char *command[] = { programs[_i / WAYS], programs[1], NULL };
	if (!are_refused(programs[0]) && !are_refused(programs[1]))
		same_events(ways[_i % WAYS], command, 0);
}
END_TEST

/* The 32-bit getpid has the number of writev; and what of a call is in other places is shown by its registers. */
START_TEST(arguments_of_32_bits)
{
	const char *lines[] = { "open(\"/dev/null\", O_RDONLY) = 3</dev/null>\n",
		"openat(AT_FDCWD, \"/dev/zero\", O_RDONLY) = 4</dev/zero>\n",
		"read(4</dev/zero>, ..., 100) = 100\n", "read(3</dev/null>, ..., 100) = 0\n",
		"dup2(3</dev/null>, 9) = 9</dev/null>\n", "close(9", "= -1 EBADF (Bad file descriptor)\n",
		"access(\"/no/such/file\", R_OK) = -1 ENOENT (No such file or directory)\n",
		"open(\"/no/such/file\", O_RDWR) = -1 ENOENT (No such file or directory)\n",
		"umask(022) = ", "_llseek(", "fstat64(", "mmap2(",
		"syscall32_600(0x1, 0x2, 0x3, 0x4, 0x5, 0)", "getpid() = ", "exit(0) = ?\n",
		"exit(2) = ?\n" };
	const char *program = built("tests/targets/calls32");
	if (are_refused(program))
		return;
	struct run *run = RUN(built("bundletrace"), "-f", "--", program);
	code_is(run, 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(strstr(run->err, lines[i]) != NULL, "not there: %s%.3000s", lines[i], run->err);
	ck_assert_ptr_null(strstr(run->err, "writev("));
	ck_assert_ptr_null(strstr(run->err, "lost"));
}
END_TEST

Suite *system_odd_calls_suite(void)
{
	Suite *suite = suite_create("system_odd_calls");
	TCase *tc = tcase_create("odd_calls");
	tcase_set_timeout(tc, 90);
	tcase_add_checked_fixture(tc, NULL, traced_end);
	tcase_add_unchecked_fixture(tc, NULL, harness_clean);
	tcase_add_loop_test(tc, skipped_by_seccomp, 0, WAYS);
	tcase_add_loop_test(tc, killed_by_seccomp, 0, WAYS);
	tcase_add_test(tc, skipped_by_a_tracer);
	tcase_add_test(tc, arguments_of_skipped_calls);
	tcase_add_loop_test(tc, calls_of_32_bits, 0, 2 * WAYS);
	tcase_add_test(tc, arguments_of_32_bits);
	suite_add_tcase(suite, tc);
	return suite;
}
