/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes calls that a signal interrupts: a read that is restarted after the handler, one that fails, a sleep
 * interrupted by SIGSTOP, and a pause.
 */
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2];

static void write_later(int signal)
{
	(void)signal;
	(void)!write(pipe_ends[1], "x", 1);
}

static void nothing(int signal)
{
	(void)signal;
}

static void alarm_soon(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval soon = { .it_value = { .tv_usec = 50000 } };
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

/* Stops its parent, then continues it. */
static void stopper(pid_t parent)
{
	usleep(50000);
	kill(parent, SIGSTOP);
	usleep(50000);
	kill(parent, SIGCONT);
	_exit(0);
}

int main(void)
{
	char byte;
	pid_t parent = getpid();
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD); /* under strace it would interrupt calls too */
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (pipe(pipe_ends))
		return 1;
	alarm_soon(write_later, SA_RESTART);
	if (read(pipe_ends[0], &byte, 1) != 1)
		return 1;
	alarm_soon(nothing, 0);
	if (read(pipe_ends[0], &byte, 1) != -1)
		return 1;
	if (fork() == 0)
		stopper(parent);
	nanosleep(&(struct timespec){ .tv_nsec = 300 * 1000000 }, NULL);
	wait(NULL);
	alarm_soon(nothing, 0);
	pause();
	return 0;
}
