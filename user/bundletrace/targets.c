/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/base/proc.h"
#include "user/base/report.h"
#include "readers.h"

#define FIFO_TRIES 100

bool targets_run(const struct options *options)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (proc_is_gone(options->pids[i])) {
			report("-p: no process %d (look with pgrep or ps)", options->pids[i]);
			return false;
		}
	return true;
}

/* False, and reported: one of those named is a sink. */
static bool none_named(const struct options *options, const struct sinks *sinks)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (sinks_flags(sinks, options->pids[i])) {
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

/* To a file, standard error gets a few lines whatever happens: of that, who was named may be traced. */
static int find_sinks(const struct options *options, struct sinks *sinks)
{
	bool text = options->format == FORMAT_TEXT;
	int err = -EAGAIN;
	/* who waited for this to open a FIFO may not have it yet */
	for (int i = 0; i < FIFO_TRIES && err == -EAGAIN; i++) {
		if (i > 0)
			usleep(1000);
		err = sinks_find(sinks, text ? STDERR_FILENO : STDOUT_FILENO, options->output,
			options_everyone(options) || !options->output);
		if (!err && sinks->count < 2 && is_fifo(options->output))
			err = -EAGAIN;
		if (err)
			sinks_free(sinks);
	}
	return err;
}

static int exclude_all(struct kernel *kernel, const struct sinks *sinks)
{
	int err = 0;
	for (unsigned i = 0; i < sinks->count && !err; i++)
		err = kernel_exclude(kernel, sinks->list[i].pid, sinks->list[i].flags);
	return err ? err : kernel_trace_running(kernel, NULL, 0);
}

int targets_mark(const struct options *options, struct kernel *kernel, pid_t command)
{
	return options->command ? kernel_trace_command(kernel, command)
				: kernel_trace_running(kernel, options->pids, options->pid_count);
}

int targets_exclude(const struct options *options, struct kernel *kernel, bool proc)
{
	struct sinks sinks;
	if (options->command || (!proc && !options_everyone(options)))
		return 0;
	if (!proc) {
		report("without it, who takes the output cannot be found, and would be traced without end");
		return -ENOENT;
	}
	int err = find_sinks(options, &sinks);
	if (err) {
		report("cannot look for who takes the output: %s", strerror(-err));
		return err;
	}
	err = none_named(options, &sinks) ? exclude_all(kernel, &sinks) : -ELOOP;
	if (!err && sinks.unknown && options_everyone(options))
		report("the output goes to a socket: who reads it is traced too, if it is of this machine (-o FILE)");
	sinks_free(&sinks);
	if (!err && options->whom.by && kernel_tasks_alive(kernel) == 0 && options_everyone(options))
		report("no process is chosen so far: waiting for one (Ctrl-C ends it)");
	return err;
}
