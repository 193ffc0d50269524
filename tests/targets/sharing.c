/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sharing DIR SEED OPS: threads and a process that share a table of descriptors close, replace, pass and read the same
 * few numbers, in random order. A read of one byte at offset N tells which file it was of: all bytes of file K are K. So
 * each read that succeeds is logged: "TID N K".
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES   8
#define NUMBERS 6 /* descriptors that are fought for, from FIRST on */
#define FIRST   100
#define TASKS   4
#define OPS_MAX 200000

static int files[FILES];
static int ops;
static unsigned seed;

/* Shared with the process, too. */
static struct task {
	int tid, count;
	struct {
		int offset, file;
	} reads[OPS_MAX];
} * tasks;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	_exit(1);
}

static void prepare(const char *dir)
{
	static char bytes[OPS_MAX];
	if (chdir(dir))
		fail(dir);
	for (int i = 0; i < FILES; i++) {
		char name[16];
		snprintf(name, sizeof(name), "file%d", i);
		memset(bytes, 'a' + i, sizeof(bytes));
		int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
			fail(name);
		files[i] = fcntl(fd, F_DUPFD, 200);
		close(fd);
	}
}

static void one(struct task *task, int n, unsigned *random)
{
	int fd = FIRST + rand_r(random) % NUMBERS, file = files[rand_r(random) % FILES];
	char byte;
	switch (rand_r(random) % 12) {
	case 0:
		close(fd);
		break;
	case 1:
		dup2(file, fd);
		break;
	case 2:
		dup3(file, fd, O_CLOEXEC);
		break;
	case 3:
		syscall(SYS_close_range, fd, fd + 1, 0);
		break;
	case 4:
		fcntl(file, F_DUPFD, FIRST);
		break;
	default:
		if (pread(fd, &byte, 1, n) != 1)
			break;
		task->reads[task->count].offset = n;
		task->reads[task->count++].file = byte - 'a';
	}
	/* numbers that are fought for stay few */
	if (rand_r(random) % 64 == 0)
		syscall(SYS_close_range, FIRST + NUMBERS, 190, 0);
}

static void *work(void *arg)
{
	struct task *task = arg;
	unsigned random = seed * TASKS + (unsigned)(task - tasks);
	task->tid = gettid();
	for (int n = 0; n < ops; n++)
		one(task, n, &random);
	return NULL;
}

static int process(void *arg)
{
	work(arg);
	return 0;
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(16)));
	pthread_t threads[TASKS];
	seed = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
	ops = argc == 4 ? atoi(argv[3]) : 0;
	if (ops < 1 || ops > OPS_MAX)
		return 2;
	tasks = mmap(NULL, TASKS * sizeof(*tasks), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tasks == MAP_FAILED)
		fail("mmap");
	prepare(argv[1]);
	pid_t pid = clone(process, stack + sizeof(stack), CLONE_FILES | SIGCHLD, &tasks[0]);
	for (int i = 1; i < TASKS; i++)
		if (pthread_create(&threads[i], NULL, work, &tasks[i]))
			fail("pthread_create");
	for (int i = 1; i < TASKS; i++)
		pthread_join(threads[i], NULL);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		fail("clone");
	for (int i = 0; i < TASKS; i++)
		for (int k = 0; k < tasks[i].count; k++)
			printf("%d %d %d\n", tasks[i].tid, tasks[i].reads[k].offset, tasks[i].reads[k].file);
	return 0;
}
