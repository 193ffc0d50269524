/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skipped [end|plain]: calls that a seccomp filter answers in the kernel's place: with an error, with 0, with a signal
 * whose handler makes calls itself and gives the result, for a tracer that is not there. `end`: the last one kills the
 * process. `plain`: the same calls without the filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define FROM_HANDLER 77

#define ANSWER(number, how) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, how)

static int handled;

/* Every other time the result is that of a call which does not exist. */
static void refused(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	syscall(SYS_sched_yield);
	syscall(SYS_lseek, -1, handled, SEEK_CUR);
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = handled++ % 2 ? -ENOSYS : FROM_HANDLER;
}

static int install(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ANSWER(SYS_sched_yield, SECCOMP_RET_ERRNO | EAGAIN),
		ANSWER(SYS_openat, SECCOMP_RET_ERRNO | EACCES),
		ANSWER(SYS_dup, SECCOMP_RET_ERRNO | EPERM),
		ANSWER(SYS_getgid, SECCOMP_RET_ERRNO | 0),
		ANSWER(SYS_getppid, SECCOMP_RET_TRAP),
		ANSWER(SYS_getuid, SECCOMP_RET_TRACE),
		ANSWER(SYS_getpgrp, SECCOMP_RET_KILL_PROCESS),
		ANSWER(600, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	struct sigaction action = { .sa_sigaction = refused, .sa_flags = SA_SIGINFO };
	int fd = open("/dev/null", O_RDONLY);
	if (fd < 0 || sigaction(SIGSYS, &action, NULL) || (strcmp(way, "plain") && install()))
		return 2;
	for (int i = 0; i < 4; i++) {
		syscall(SYS_sched_yield);
		syscall(SYS_openat, AT_FDCWD, "/dev/zero", O_RDONLY);
		syscall(SYS_dup, fd);
		syscall(SYS_getgid);
		syscall(SYS_getppid);
		syscall(SYS_getuid);
		syscall(600, i);
		syscall(-1, i);
		syscall(SYS_lseek, fd, i, SEEK_SET);
	}
	close(fd);
	return strcmp(way, "end") == 0 ? (int)syscall(SYS_getpgrp) : 0;
}
