/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc reports about this process and a child of it, and signals that are read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/suites.h"
#include "user/base/proc.h"
#include "user/base/signals.h"

/* Its name contains characters that confuse a naive parser of /proc/PID/stat. */
static pid_t child_that_waits(void)
{
	int named[2];
	char byte;
	ck_assert_int_eq(pipe(named), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, "a) R 77 (\n) b");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = (char)write(named[1], "x", 1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(named[0], &byte, 1), 1);
	close(named[0]);
	close(named[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

START_TEST(a_file)
{
	char text[32], cut[5];
	pid_t pid = child_that_waits();
	ck_assert_int_eq(proc_read(pid, "comm", text, sizeof(text)), 14);
	ck_assert_str_eq(text, "a) R 77 (\n) b\n");
	ck_assert_int_eq(proc_read(pid, "comm", cut, sizeof(cut)), 4);
	ck_assert_str_eq(cut, "a) R");
	end(pid);
	ck_assert_int_eq(proc_read(pid, "comm", text, sizeof(text)), -ENOENT);
	ck_assert_int_eq(proc_read(0, "task/" /* a folder */, text, sizeof(text)), -EISDIR);
	ck_assert_str_eq(text, "");
	FILE *own = fopen("/proc/self/comm", "r");
	char line[32];
	ck_assert(own && fgets(line, sizeof(line), own));
	fclose(own);
	ck_assert_int_gt(proc_read(0, "comm", text, sizeof(text)), 0);
	ck_assert_str_eq(text, line);
}
END_TEST

START_TEST(parent_and_end)
{
	pid_t pid = child_that_waits();
	ck_assert_int_eq(proc_parent(pid), getpid());
	ck_assert(!proc_is_gone(pid));
	end(pid);
	ck_assert_int_eq(proc_parent(pid), 0);
	ck_assert(proc_is_gone(pid));
	ck_assert(!proc_is_gone(1)); /* not every user may signal it, but it exists */
}
END_TEST

START_TEST(descriptor)
{
	char path[] = "/tmp/proc-XXXXXX";
	struct stat st;
	uint64_t value = 42;
	int fd = mkstemp(path);
	unlink(path);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(lseek(fd, 1234, SEEK_SET), 1234);
	ck_assert(proc_fdinfo(0, fd, "pos", &value));
	ck_assert_uint_eq(value, 1234);
	ck_assert(proc_fdinfo(getpid(), fd, "mnt_id", &value));
	value = 42;
	ck_assert(!proc_fdinfo(0, fd, "po", &value));
	ck_assert(!proc_fdinfo(0, fd, "tty-index", &value));
	close(fd);
	ck_assert(!proc_fdinfo(0, fd, "pos", &value));
	ck_assert_uint_eq(value, 42);
}
END_TEST

struct seen {
	pid_t wanted;
	int times, others;
};

static void see(void *ctx, pid_t pid)
{
	struct seen *seen = ctx;
	ck_assert_int_gt(pid, 0);
	if (pid == seen->wanted)
		seen->times++;
	else
		seen->others++;
}

START_TEST(every_process)
{
	struct seen seen = { .wanted = getpid() };
	proc_each(see, &seen);
	ck_assert_int_eq(seen.times, 1);
	ck_assert_int_gt(seen.others, 0);
	ck_assert_int_eq(proc_pid("1234"), 1234);
	static const char *const none[] = { "self", "2x", "-1", "0", "", "4294967295",
		"99999999999999999999" };
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_msg(proc_pid(none[i]) == 0, "%s", none[i]);
}
END_TEST

/* A child that has ended is listed, with its parent, until it is waited for. */
START_TEST(ended_child)
{
	siginfo_t info;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	struct seen seen = { .wanted = pid };
	proc_each(see, &seen);
	ck_assert_int_eq(seen.times, 1);
	ck_assert_int_eq(proc_parent(pid), getpid());
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	seen.times = 0;
	proc_each(see, &seen);
	ck_assert_int_eq(seen.times, 0);
}
END_TEST

START_TEST(signals_are_read)
{
	struct signalfd_siginfo info;
	sigset_t before;
	int fd = signals_open(_i ? SIGUSR1 : 0, &before);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert(!sigismember(&before, SIGINT));
	ck_assert(!signals_take(fd, &info));
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 };
	for (int i = 0; i < 4 + _i; i++) {
		kill(getpid(), all[i]);
		ck_assert(signals_take(fd, &info));
		ck_assert_int_eq((int)info.ssi_signo, all[i]);
		ck_assert(!signals_take(fd, &info));
	}
	sigset_t blocked;
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	ck_assert_int_eq(sigismember(&blocked, SIGUSR1), _i);
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	ck_assert_int_eq(write(ends[1], "x", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(ends[1]);
	close(fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
}
END_TEST

Suite *proc_suite(void)
{
	Suite *suite = suite_create("proc");
	TCase *tc = tcase_create("proc");
	tcase_add_test(tc, a_file);
	tcase_add_test(tc, parent_and_end);
	tcase_add_test(tc, descriptor);
	tcase_add_test(tc, every_process);
	tcase_add_test(tc, ended_child);
	tcase_add_loop_test(tc, signals_are_read, 0, 2);
	suite_add_tcase(suite, tc);
	return suite;
}
