/* SPDX-License-Identifier: BSD-2-Clause */
#include "traced_processes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/proc.h"
#include "user/base/report.h"
#include "readers.h"

#define FIFO_TRIES 100

bool traced_processes_exist(const struct options *options)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (proc_is_gone(options->pids[i])) {
			report("-p: no process %d (look with pgrep or ps)", options->pids[i]);
			return false;
		}
	return true;
}

/* False, and reported: a process of -p reads the output. */
static bool none_named(const struct options *options, const struct readers *readers)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (readers_flags(readers, options->pids[i])) {
			report("-p: process %d takes what is printed here: its trace would make itself longer without end (-o FILE)",
				options->pids[i]);
			return false;
		}
	return true;
}

static bool is_fifo(const char *path)
{
	struct stat st;
	return path && stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* With -o, standard error carries only a few messages, so its reader may be traced if named with -p. 0 or
 * -errno. */
static int find_readers(const struct options *options, struct readers *readers)
{
	bool text = options->format == FORMAT_TEXT;
	int err = -EAGAIN;
	/* a reader that was waiting for the FIFO's writer may not have finished its open() */
	for (int i = 0; i < FIFO_TRIES && err == -EAGAIN; i++) {
		if (i > 0)
			usleep(1000);
		err = readers_find(readers, text ? STDERR_FILENO : STDOUT_FILENO, options->output,
			options_everyone(options) || !options->output);
		if (!err && readers->count < 2 && is_fifo(options->output))
			err = -EAGAIN;
		if (err)
			readers_free(readers);
	}
	return err;
}

static int exclude_all(struct kernel *kernel, const struct readers *readers)
{
	int err = 0;
	for (unsigned i = 0; i < readers->count && !err; i++)
		err = kernel_exclude(kernel, readers->list[i].pid, readers->list[i].flags);
	return err ? err : kernel_trace_running(kernel, NULL, 0);
}

int traced_processes_mark(const struct options *options, struct kernel *kernel, pid_t command)
{
	return options->command ? kernel_trace_command(kernel, command)
				: kernel_trace_running(kernel, options->pids, options->pid_count);
}

/* --- descendants that are not traced --- */

#define LEFT_NAMED  16
#define GENERATIONS 64

struct left {
	const struct options *options;
	const struct kernel *kernel;
	unsigned count;
	pid_t pids[LEFT_NAMED];
};

static bool is_named(const struct options *options, pid_t pid)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (options->pids[i] == pid)
			return true;
	return false;
}

static void add_left(void *ctx, pid_t pid)
{
	struct left *left = ctx;
	pid_t at = pid;
	if (is_named(left->options, pid))
		return;
	for (int i = 0; i < GENERATIONS && at > 1 && !is_named(left->options, at); i++)
		at = proc_parent(at);
	if (at <= 1 || !is_named(left->options, at) || kernel_traces(left->kernel, pid))
		return;
	if (left->count < LEFT_NAMED)
		left->pids[left->count] = pid;
	left->count++;
}

void traced_processes_left(const struct options *options, struct kernel *kernel, struct text *t)
{
	struct left left = { .options = options, .kernel = kernel };
	if (!options->follow || !options->pids)
		return;
	proc_each(add_left, &left);
	if (!left.count)
		return;
	text_printf(t, "%u child process%s not traced: -f follows what is forked from now on (add -p ",
		left.count, left.count > 1 ? "es that ran before are" : " that ran before is");
	for (unsigned i = 0; i < left.count && i < LEFT_NAMED; i++)
		text_printf(t, "%s%d", i ? "," : "", left.pids[i]);
	text_str(t, left.count > LEFT_NAMED ? ",...)" : ")");
}

int traced_processes_exclude_readers(const struct options *options, struct kernel *kernel, bool proc)
{
	struct readers readers;
	if (options->command || (!proc && !options_everyone(options)))
		return 0;
	if (!proc) {
		report("without it, who takes the output cannot be found, and would be traced without end");
		return -ENOENT;
	}
	int err = find_readers(options, &readers);
	if (err) {
		report("cannot look for who takes the output: %s", strerror(-err));
		return err;
	}
	err = none_named(options, &readers) ? exclude_all(kernel, &readers) : -ELOOP;
	if (!err && readers.unknown && options_everyone(options))
		report("the output goes to a socket: who reads it is traced too, if it is of this machine (-o FILE)");
	readers_free(&readers);
	if (!err && options->whom.by && kernel_tasks_alive(kernel) == 0 && options_everyone(options))
		report("no process is chosen so far: waiting for one (Ctrl-C ends it)");
	return err;
}
