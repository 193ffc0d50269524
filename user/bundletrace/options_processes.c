/* SPDX-License-Identifier: BSD-2-Clause */
#include "options_processes.h"

#include <stdlib.h>

#include "user/base/pid_list.h"
#include "user/base/report.h"
#include "whom.h"

enum key { KEY_CGROUP = 512, KEY_COMM, KEY_UID }; /* apart from those of options.c */

static const struct argp_option table[] = {
	{ "pid", 'p', "PID,...", 0, "Trace running processes, all their threads, instead of a command", 1 },
	{ "all", 'a', NULL, 0,
		"Trace all processes of the machine, also those that start later; not bundletrace and what takes its output",
		1 },
	{ "cgroup", KEY_CGROUP, "PATH", 0,
		"Only processes in this control group or below it; without a command and -p, of the whole machine",
		1 },
	{ "comm", KEY_COMM, "NAME", 0, "Only processes of this name, as ps -o comm has it", 1 },
	{ "uid", KEY_UID, "USER", 0, "Only processes of this user (name or number; the effective one)", 1 },
	{ "follow-forks", 'f', NULL, 0,
		"Trace child processes too, and theirs; with -a, those of all that were chosen", 1 },
	{ 0 },
};

static void take_whom(struct whom *whom, bool (*add)(struct whom *, const char *, struct text *),
	const char *option, const char *arg)
{
	struct text problem = { 0 };
	if (add(whom, arg, &problem)) {
		text_free(&problem);
		return;
	}
	report("%s %s: %.*s", option, printable(arg), (int)problem.len, problem.data ? problem.data : "");
	exit(EXIT_USAGE);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	switch (key) {
	case 'p':
		if (!pid_list_add(&options->pids, &options->pid_count, arg))
			usage_error("-p", arg, "process ids separated by commas");
		break;
	case 'a':
		options->all = true;
		break;
	case 'f':
		options->follow = true;
		break;
	case KEY_CGROUP:
		take_whom(&options->whom, whom_cgroup, "--cgroup", arg);
		break;
	case KEY_COMM:
		take_whom(&options->whom, whom_comm, "--comm", arg);
		break;
	case KEY_UID:
		take_whom(&options->whom, whom_user, "--uid", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp options_processes = { table, take, NULL, NULL, NULL, NULL, NULL };

void options_processes_check(const struct options *options)
{
	int targets =
		(options->command != NULL) + (options->pids != NULL) + (options->read != NULL) + options->all;
	const char *problem = NULL;
	if (targets > 1)
		problem = "a command, -p, -a and --read: one of them";
	else if (options->read && options->whom.by)
		problem = "--cgroup, --comm, --uid: --read shows what was recorded";
	else if (targets == 0 && !options->whom.by)
		problem = "nothing to trace (bundletrace [OPTION...] -- COMMAND [ARG...], -p PID, or -a";
	if (!problem)
		return;
	report("%s%s", problem, targets ? " (see --help)" : "; see --help)");
	exit(EXIT_USAGE);
}
