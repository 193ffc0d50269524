/* SPDX-License-Identifier: BSD-2-Clause */
#include "targets.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../common/report.h"
#include "sinks.h"

bool targets_run(const struct options *options)
{
	for (unsigned i = 0; i < options->pid_count; i++)
		if (kill(options->pids[i], 0) && errno == ESRCH) {
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
			report("-p: process %d takes what is printed here: its trace would make itself "
			       "longer "
			       "without end (-o FILE)",
				options->pids[i]);
			return false;
		}
	return true;
}

static int exclude_all(struct kernel *kernel, const struct sinks *sinks)
{
	int err = 0;
	for (unsigned i = 0; i < sinks->count && !err; i++)
		err = kernel_exclude(kernel, sinks->list[i].pid, sinks->list[i].flags);
	return err;
}

/* To a file, standard error gets a few lines whatever happens: of that, who was named may be traced. */
static int exclude_sinks(const struct options *options, struct kernel *kernel)
{
	struct sinks sinks;
	bool text = options->format == FORMAT_TEXT;
	int err = sinks_find(&sinks, text ? STDERR_FILENO : STDOUT_FILENO, options->output,
		options_everyone(options) || !options->output);
	if (!err)
		err = none_named(options, &sinks) ? exclude_all(kernel, &sinks) : -ELOOP;
	if (err && err != -ELOOP)
		report("cannot look for who takes the output: %s", strerror(-err));
	else if (!err && sinks.unknown && options_everyone(options))
		report("the output goes to a socket: who reads it is traced too, if it is of this machine "
		       "(-o FILE)");
	sinks_free(&sinks);
	return err;
}

int targets_mark(const struct options *options, struct kernel *kernel, pid_t command, bool proc)
{
	if (options->command)
		return kernel_trace_command(kernel, command);
	if (!proc && options_everyone(options)) {
		report("without it, who takes the output cannot be found, and would be traced without end");
		return -ENOENT;
	}
	int err = proc ? exclude_sinks(options, kernel) : 0;
	if (!err)
		err = kernel_trace_running(kernel, options->pids, options->pid_count);
	if (!err && options->whom.by && kernel_live(kernel) == 0 && options_everyone(options))
		report("no process is chosen so far: waiting for one (Ctrl-C ends it)");
	return err;
}
