/* SPDX-License-Identifier: BSD-2-Clause */
/* Marks in the kernel which tasks are traced. */
#include <errno.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "user/base/clock.h"
#include "user/base/proc.h"
#include "kernel_inside.h"
#include "requirements.h"

#define COUNT_NS 250000000 /* interval between looks at which tasks are alive */

int kernel_walk(const struct bpf_link *link)
{
	int iterator = bpf_iter_create(bpf_link__fd(link));
	char unused[64];
	if (iterator < 0)
		return -errno;
	while (read(iterator, unused, sizeof(unused)) > 0)
		;
	close(iterator);
	return 0;
}

int kernel_trace_command(struct kernel *kernel, pid_t pid)
{
	struct task_state state = { .flags = TASK_WAITS_FOR_EXEC | TASK_MEMBER };
	int pidfd = pidfd_open(pid, 0);
	int err = pidfd < 0 ? -errno : 0;
	if (!err && bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.tasks), &pidfd, &state, BPF_NOEXIST))
		err = -errno;
	if (pidfd >= 0)
		close(pidfd);
	if (err)
		requirements_explain("cannot mark the command as traced", err);
	else
		__atomic_fetch_add(&kernel->skel->bss->live_tasks, 1, __ATOMIC_RELAXED);
	return err;
}

static int list(struct kernel *kernel, pid_t pid, __u32 flags)
{
	return bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.listed), &pid, &flags, BPF_ANY) ? -errno
												  : 0;
}

int kernel_exclude(struct kernel *kernel, pid_t pid, unsigned flags)
{
	return list(kernel, pid, flags);
}

/* Once their tasks are marked, the list must go: a later process may get the same pid. */
static void forget_list(struct kernel *kernel)
{
	int map = bpf_map__fd(kernel->skel->maps.listed);
	pid_t pid;
	while (bpf_map_get_next_key(map, NULL, &pid) == 0 && bpf_map_delete_elem(map, &pid) == 0)
		;
}

long kernel_rescan(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	unsigned long before = skel->bss->tasks_marked;
	if (!skel->links.mark_tasks)
		skel->links.mark_tasks = bpf_program__attach(skel->progs.mark_tasks);
	int err = skel->links.mark_tasks ? kernel_walk(skel->links.mark_tasks) : -errno;
	return err ? err : (long)(skel->bss->tasks_marked - before);
}

int kernel_trace_running(struct kernel *kernel, const pid_t *pids, unsigned count)
{
	long marked = 0;
	for (unsigned i = 0; i < count && marked == 0; i++)
		marked = list(kernel, pids[i], TASK_MEMBER);
	/* a thread that an unmarked one creates during a walk is found by the next walk */
	if (marked == 0)
		while ((marked = kernel_rescan(kernel)) > 0)
			;
	forget_list(kernel);
	if (marked < 0)
		requirements_explain("cannot mark the processes as traced", (int)marked);
	return (int)marked;
}

/* The flags of a process's state, 0 if it has none, by find_task. -errno: it cannot be asked here. */
static int ask_flags(const struct kernel *kernel, pid_t pid, __u32 *flags)
{
	const struct bpf_program *program = kernel->skel->progs.find_task;
	struct task_question question = { .pid = pid };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &question, .ctx_size_in = sizeof(question));
	bool can = bpf_program__autoload(program) && kernel->skel->bss->pid_level == 0;
	int err = can ? bpf_prog_test_run_opts(bpf_program__fd(program), &opts) : -ENOTSUP;
	*flags = question.flags;
	return err;
}

bool kernel_traces(const struct kernel *kernel, pid_t pid)
{
	struct task_state state = { 0 };
	__u32 flags;
	if (ask_flags(kernel, pid, &flags)) {
		int pidfd = pidfd_open(pid, 0);
		if (pidfd < 0)
			return false;
		bool known = bpf_map_lookup_elem(
				     bpf_map__fd(kernel->skel->maps.tasks), &pidfd, &state) == 0;
		close(pidfd);
		flags = known ? state.flags : 0;
	}
	return flags & (TASK_TRACED | TASK_WAITS_FOR_EXEC);
}

struct traced {
	const struct kernel *kernel;
	void (*each)(void *ctx, pid_t pid);
	void *ctx;
};

static void visit_if_traced(void *ctx, pid_t pid)
{
	const struct traced *traced = ctx;
	if (kernel_traces(traced->kernel, pid))
		traced->each(traced->ctx, pid);
}

void kernel_each_traced(const struct kernel *kernel, void (*each)(void *ctx, pid_t pid), void *ctx)
{
	proc_each(visit_if_traced, &(struct traced){ kernel, each, ctx });
}

/* A hook that was skipped at the end of a task has not counted it out: then the tasks are counted themselves. */
unsigned long kernel_tasks_alive(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	unsigned long alive = __atomic_load_n(&skel->bss->live_tasks, __ATOMIC_ACQUIRE);
	uint64_t now_ns = clock_monotonic_ns(), skipped[EVENT_KINDS] = { 0 };
	if (!alive)
		return alive;
	if (kernel->members_ns && now_ns - kernel->members_ns < COUNT_NS)
		return kernel->members;
	kernel->members_ns = now_ns;
	kernel->members = alive;
	hooks_skipped(kernel, skipped);
	if (!skipped[EVENT_EXIT])
		return alive;
	if (!skel->links.count_members)
		skel->links.count_members = bpf_program__attach(skel->progs.count_members);
	__u64 before = skel->bss->members_seen;
	if (skel->links.count_members && kernel_walk(skel->links.count_members) == 0)
		kernel->members = skel->bss->members_seen - before;
	return kernel->members;
}
