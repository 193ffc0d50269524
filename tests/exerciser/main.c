/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes random system calls and logs them: the ground truth against which traces are compared.
 *   exerciser FIRST COUNT DIR LOG
 * For each of COUNT seeds, starting with FIRST, LOG contains one JSON object for each call, in the order of each
 * task, with the fields that docs/json.md specifies for a call, and its seed. null as an argument or an offset: not
 * logged.
 *
 * Between the two markers of a seed (a close of MARKER), the trace contains exactly the calls of the log: they are
 * made without the C library, and recorded in memory that all tasks share. The files behind descriptors, and their
 * positions, come from a model of the descriptors, which is checked against the results of lseek and fstat.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exerciser.h"

#define MARKER      (-4242)
#define STACK_BYTES 65536
#define STEPS       40 /* made by the first task of a seed */
#define THREADS     3  /* maximum at the same time */
#define ALONE       2  /* tasks at this depth create no tasks */

static void run(struct task *t, int steps);

/* Creates a world with names that no other world's tasks use. */
static struct world *new_world(int number)
{
	static const char *const ends[NAMES] = { "a", "b", "c", "d \"q\"\n", "e\xff\xfe", "g\xc3\xa9", "h" };
	struct world *w = take(sizeof(*w));
	*w = (struct world){ 0 };
	for (int i = 0; i < NAMES; i++) {
		char *name = take(64);
		snprintf(name, 64, "w%lu.%d%s", seed, number, ends[i]);
		w->names[i] = i == 1 ? absolute(name) : name;
	}
	return w;
}

/* The state of a task that `parent` is about to create. `alone`: with a world of its own. */
static struct task *new_task(struct task *parent, bool alone)
{
	int number = __atomic_fetch_add(&arena->count, 1, __ATOMIC_RELAXED);
	if (number >= TASKS_MAX)
		fail("tasks", number, TASKS_MAX - 1);
	struct task *t = take(sizeof(*t));
	*t = (struct task){ .world = parent ? parent->world : NULL,
		.random = parent ? (uint64_t)below(parent, LONG_MAX) : seed };
	t->depth = parent ? parent->depth + 1 : 0;
	if (parent && !alone) { /* inherits the open files under the same numbers */
		memcpy(t->fds, parent->fds, sizeof(t->fds));
		t->count = parent->count;
		t->index = parent->index;
	} else {
		t->world = new_world(number);
	}
	return arena->tasks[number] = t;
}

static void __attribute__((noreturn)) leave(struct task *t, int how, long code)
{
	const long args[6] = { code };
	record_new(t, how, args);
	raw(calls[how].nr, args);
	__builtin_unreachable();
}

/* Records a clone. Only after the call: a record made before it would be in the child too. */
static long made(struct task *t, long tid)
{
	static const long args[6];
	if (tid < 0)
		fail("clone", tid, 0);
	record_new(t, C_clone, args)->result = tid;
	return tid;
}

static long fork_task(struct task *t, struct task *child, int steps)
{
	long pid = raw(SYS_clone, (const long[6]){ SIGCHLD });
	if (pid == 0) {
		run(child, steps);
		leave(child, C_exit_group, steps & 15);
	}
	return made(t, pid);
}

static void await_task(struct task *t, long pid)
{
	CALL(t, wait4, pid, POINTER(take(sizeof(int))), 0, 0);
}

static void child_step(struct task *t)
{
	struct task *child = new_task(t, false);
	await_task(t, fork_task(t, child, 1 + (int)below(t, 15)));
}

static void children_step(struct task *t)
{
	long count = 1 + below(t, 3), pids[3];
	for (long i = 0; i < count; i++) {
		struct task *child = new_task(t, true);
		child->depth = ALONE;
		pids[i] = fork_task(t, child, 1 + (int)below(t, 20));
	}
	for (long i = 0; i < count; i++)
		await_task(t, pids[i]);
}

static int thread_main(void *arg)
{
	struct task *t = arg;
	run(t, 5 + (int)below(t, 20));
	while (t->count > 0)
		close_fd(t, t->fds[0].fd);
	leave(t, C_exit, 0);
}

/* The threads share this task's thread-local storage, so they must not use it. */
static void threads_step(struct task *t)
{
	long count = 1 + below(t, THREADS);
	struct task *threads[THREADS];
	for (long i = 0; i < count; i++) {
		threads[i] = new_task(t, true);
		threads[i]->depth = ALONE;
		threads[i]->index = 1 + (int)i;
		threads[i]->alive = 1;
		made(t, clone(thread_main, (char *)take(STACK_BYTES) + STACK_BYTES,
				CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
					CLONE_SYSVSEM | CLONE_CHILD_CLEARTID,
				threads[i], NULL, NULL, &threads[i]->alive));
	}
	for (long i = 0; i < count; i++)
		while (__atomic_load_n(&threads[i]->alive, __ATOMIC_ACQUIRE))
			CALL(t, futex, POINTER(&threads[i]->alive), FUTEX_WAIT, 1, 0);
}

static void run(struct task *t, int steps)
{
	static const step tasks[] = { child_step, children_step, threads_step };
	t->tid = (int)CALL(t, gettid, 0);
	for (int i = 0; i < steps; i++) {
		bool makes_tasks = t->depth < ALONE && below(t, 20) == 0;
		(makes_tasks ? tasks[below(t, 3)] : draw_step(t))(t);
	}
}

/* ---- seeds ---- */

static void mark(void)
{
	raw(SYS_close, (const long[6]){ MARKER });
}

static void clear_up(struct task *first)
{
	for (int i = 0; i < first->count; i++)
		close(first->fds[i].fd);
	for (int i = 0; i < arena->count; i++)
		for (int k = 0; k < NAMES; k++)
			unlink(arena->tasks[i]->world->names[k]);
}

static bool run_seed(FILE *log)
{
	arena_clear();
	struct task *first = new_task(NULL, true);
	mark();
	run(first, STEPS);
	mark();
	if (!arena->failed[0])
		put_log(log);
	clear_up(first);
	return !arena->failed[0];
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	uint64_t from = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
	FILE *log = fopen(argv[4], "we");
	if (!log || !arena_new() || !steps_prepare() || chdir(argv[3]) || !getcwd(here, sizeof(here))) {
		perror("exerciser");
		return 1;
	}
	sigset_t child;
	sigemptyset(&child);
	/* SIGCHLD is ignored, but a tracer that stops the task for it would interrupt calls */
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	bool well = true;
	for (seed = from; well && seed < from + count; seed++)
		well = run_seed(log);
	if (!well)
		fprintf(stderr, "exerciser: %s\n", arena->failed);
	return fclose(log) == 0 && well ? 0 : 1;
}
