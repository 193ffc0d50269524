/* SPDX-License-Identifier: BSD-2-Clause */
#include "processes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/proc.h"
#include "user/kernel/attach.h"
#include "user/kernel/cgroup.h"

#define MS 1000000ull

/* Waits between scans of a process: until the linker is likely to be done, until a slow one is, and then for libraries
 * that are loaded later. The last one repeats. */
static const uint64_t waits_ns[] = { 20 * MS, 200 * MS, 2000 * MS, 20000 * MS };

enum { WAITS = sizeof(waits_ns) / sizeof(*waits_ns) };

void processes_init(struct processes *processes, struct kernel *kernel)
{
	*processes = (struct processes){ .kernel = kernel };
}

static void forget(struct processes *processes, struct process *process)
{
	HASH_DEL(processes->list, process);
	free(process);
}

void processes_free(struct processes *processes)
{
	while (processes->list)
		forget(processes, processes->list);
}

struct process *processes_find(const struct processes *processes, pid_t pid)
{
	struct process *process;
	HASH_FIND_INT(processes->list, &pid, process);
	return process;
}

static void read_comm(struct process *process)
{
	char comm[sizeof(process->comm)];
	if (proc_read(process->pid, "comm", comm, sizeof(comm)) <= 0)
		return;
	comm[strcspn(comm, "\n")] = '\0';
	memcpy(process->comm, comm, sizeof(comm));
}

struct process *processes_add(struct processes *processes, pid_t pid)
{
	struct process *process = processes_find(processes, pid);
	if (process)
		return process;
	process = calloc(1, sizeof(*process));
	if (!process)
		return NULL;
	process->pid = pid;
	HASH_ADD_INT(processes->list, pid, process);
	return process;
}

struct generation {
	struct processes *processes;
	bool more; /* a process was added */
};

static void add_child(void *ctx, pid_t pid)
{
	struct generation *generation = ctx;
	struct processes *processes = generation->processes;
	pid_t parent = proc_parent(pid);
	if (parent && processes_find(processes, parent) && !processes_find(processes, pid))
		generation->more |= processes_add(processes, pid) != NULL;
}

void processes_add_children(struct processes *processes)
{
	struct generation generation = { .processes = processes };
	do {
		generation.more = false;
		proc_each(add_child, &generation);
	} while (generation.more);
}

void processes_executed(struct processes *processes, pid_t pid, const char *comm, size_t len)
{
	struct process *process =
		processes->some ? processes_find(processes, pid) : processes_add(processes, pid);
	if (!process)
		return;
	if (len >= sizeof(process->comm))
		len = sizeof(process->comm) - 1;
	memcpy(process->comm, comm, len);
	process->comm[len] = '\0';
	process->born = true;
	process->lists = 0;
	process->unarmed = false;
	process->scans = 0;
	process->next_ns = 0;
}

void processes_ended(struct processes *processes, pid_t pid)
{
	struct process *process = processes_find(processes, pid);
	if (process)
		forget(processes, process);
}

/* What is not armed is armed, or noted once the process had time to load it. */
static void look(struct processes *processes, struct process *process)
{
	struct attach_look look;
	if (attach_look(processes->kernel, process->pid, &look) || process->unarmed)
		return;
	if (!look.missing && look.loading && process->scans + 1 >= WAITS)
		look.missing = ATTACH_LOADING;
	if (!look.missing)
		return;
	process->unarmed = true;
	attach_note_unarmed(processes->kernel, look.path, look.missing);
}

static void take_lists(struct processes *processes, struct process *process, const struct attach_found *found)
{
	process->lists = found->lists < ATTACH_LISTS ? found->lists : ATTACH_LISTS;
	memcpy(process->list, found->list, sizeof(process->list));
	/* the kernel side emits its counters when its memory is released */
	for (unsigned i = 0; i < process->lists; i++)
		kernel_add_list(processes->kernel, process->pid, process->list[i]);
}

static void scan(struct processes *processes, struct process *process, uint64_t now_ns)
{
	struct attach_found found;
	int err = attach_process(processes->kernel, process->pid, &found);
	if (err)
		found = (struct attach_found){ .hidden = err };
	take_lists(processes, process, &found);
	if (found.probed)
		look(processes, process);
	process->hidden = found.hidden == -EACCES || found.hidden == -EPERM ? found.hidden : 0;
	read_comm(process);
	process->next_ns = now_ns + waits_ns[process->scans < WAITS ? process->scans : WAITS - 1];
	process->scans++;
}

void processes_scan(struct processes *processes, uint64_t now_ns)
{
	for (struct process *process = processes->list; process; process = process->hh.next)
		if (process->next_ns <= now_ns)
			scan(processes, process, now_ns);
}

static void see(void *ctx, pid_t pid)
{
	struct process *process = processes_add(ctx, pid);
	if (process)
		process->unseen = 0;
}

static void see_wanted(void *ctx, pid_t pid)
{
	const struct processes *processes = ctx;
	if (!processes->some || processes_find(processes, pid))
		see(ctx, pid);
}

int processes_list(struct processes *processes, void (*gone)(void *ctx, pid_t pid), void *ctx)
{
	struct process *process, *next;
	for (process = processes->list; process; process = process->hh.next)
		process->unseen++;
	int err = 0;
	if (processes->cgroup)
		err = cgroup_processes(processes->cgroup, see, processes);
	else
		proc_each(see_wanted, processes);
	HASH_ITER (hh, processes->list, process, next) {
		/* after the second listing: its last events have been taken in by then */
		if (process->unseen < 2)
			continue;
		gone(ctx, process->pid);
		forget(processes, process);
	}
	return err;
}

const char *processes_comm(const struct process *process)
{
	return process && process->comm[0] ? process->comm : "?";
}
