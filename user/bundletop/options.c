/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/numbers.h"
#include "user/kernel/governor.h"
#include "user/base/pid_list.h"
#include "user/base/report.h"

enum {
	KEY_JSON = 256,
	KEY_ONCE,
	KEY_CGROUP,
	KEY_BUNDLE,
	KEY_FILES,
	KEY_LAYERS,
	KEY_BY,
	KEY_WINDOW,
	KEY_OVERHEAD,
	KEY_DEBUG
};

#define INTERVAL_MIN 0.1
#define SECONDS_MAX  86400.0

static const struct argp_option table[] = {
	{ NULL, 0, NULL, 0, "What to watch (without any: the whole machine):", 1 },
	{ "pid", 'p', "PID,...", 0, "These processes and their children; ends with them", 1 },
	{ "cgroup", KEY_CGROUP, "GROUP", 0,
		"Processes of this control group (version 1 or 2) and of those in it: its folder, or its path as in /proc/PID/cgroup",
		1 },
	{ "bundle", KEY_BUNDLE, "PATTERN", 0,
		"Bundles whose path, or its last part, is like this (* and ? stand for anything)", 1 },
	{ "files", KEY_FILES, NULL, 0,
		"Model files (GGUF, safetensors, .apbundle) of any loader too, used, open or mapped: reads, faults in mappings, and what of it was in the page cache",
		1 },
	{ "layers", KEY_LAYERS, NULL, 0,
		"The layers of these files too (--files): what of each is in the page cache, what came and went, and came back",
		1 },
	{ "by", KEY_BY, "layer|tensor", 0, "The same by layers or by tensors (--layers)", 1 },
	{ NULL, 0, NULL, 0, "How to show it:", 2 },
	{ "batch", 'b', NULL, 0, "Plain text, a report for each interval, instead of the screen", 2 },
	{ "json", KEY_JSON, NULL, 0, "The same as JSON, a line for each interval", 2 },
	{ "interval", 'i', "SECONDS", 0, "Between two readings (1)", 2 },
	{ "count", 'n', "COUNT", 0, "End after so many reports", 2 },
	{ "once", KEY_ONCE, NULL, 0, "One report, as text if nothing else is asked for: -b -n 1", 2 },
	{ "window", KEY_WINDOW, "SECONDS", 0,
		"An eviction and a reload of the same model within it is thrash (10)", 2 },
	{ NULL, 0, NULL, 0, "Other:", 3 },
	{ "max-overhead", KEY_OVERHEAD, "PCT|off", 0,
		"Take no more of a watched thread's time: tell less, and say so, before it is passed (1)",
		3 },
	{ NULL, 'h', NULL, OPTION_HIDDEN, NULL, 3 },
	{ "debug", KEY_DEBUG, NULL, 0, "Print what libbpf and the kernel's verifier say", 3 },
	{ 0 },
};

static void __attribute__((noreturn)) wrong(const char *option, const char *arg, const char *expected)
{
	report("%s: %s: not %s (see --help)", option, printable(arg), expected);
	exit(EXIT_USAGE);
}

static double parse_seconds(const char *option, const char *text)
{
	double seconds;
	if (!number_real(text, &seconds) || seconds < INTERVAL_MIN || seconds > SECONDS_MAX)
		wrong(option, text, "a number of seconds from 0.1 to 86400");
	return seconds;
}

static unsigned long parse_count(const char *text)
{
	uint64_t count;
	if (!number_whole(text, &count) || count == 0)
		wrong("-n", text, "a number of reports");
	return count;
}

static enum parts_of parse_parts(const char *text)
{
	if (strcmp(text, "layer") != 0 && strcmp(text, "tensor") != 0)
		wrong("--by", text, "layer or tensor");
	return strcmp(text, "layer") == 0 ? PARTS_LAYERS : PARTS_TENSORS;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct top_options *options = state->input;
	switch (key) {
	case 'p':
		if (!pid_list_add(&options->pids, &options->pid_count, arg))
			wrong("-p", arg, "process ids separated by commas");
		break;
	case KEY_CGROUP:
		options->cgroup = arg;
		break;
	case KEY_BUNDLE:
		options->bundle = arg;
		break;
	case KEY_FILES:
		options->files = true;
		break;
	case KEY_BY:
		options->parts_of = parse_parts(arg);
		__attribute__((fallthrough));
	case KEY_LAYERS:
		options->files = options->parts = true;
		break;
	case 'b':
		options->output = TOP_TEXT;
		break;
	case KEY_JSON:
		options->output = TOP_JSON;
		break;
	case KEY_ONCE:
		options->count = 1;
		if (options->output == TOP_SCREEN)
			options->output = TOP_TEXT;
		break;
	case 'i':
		options->interval = parse_seconds("-i", arg);
		break;
	case 'n':
		options->count = parse_count(arg);
		break;
	case KEY_WINDOW:
		options->window = parse_seconds("--window", arg);
		break;
	case KEY_OVERHEAD:
		if (!governor_parse(arg, &options->max_overhead))
			wrong("--max-overhead", arg, "a percentage above 0 and up to 100, or off");
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case KEY_DEBUG:
		options->debug = true;
		break;
	case ARGP_KEY_ARG:
		report("%s: it takes options only (see --help)", printable(arg));
		exit(EXIT_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Rejects options that exclude each other: reports it and exits. */
static void check(const struct top_options *options)
{
	if (options->pids && options->cgroup) {
		report("-p: cannot be used with --cgroup (see --help)");
		exit(EXIT_USAGE);
	}
}

void top_options_parse(struct top_options *options, int argc, char **argv)
{
	static const struct argp parser = { table, take, NULL,
		"Shows the caches of running model loaders, live: which bundle thrashes, which model is "
		"loaded again and again, and what limit would stop it. Hits are read from the library's own counters, so that the loaders are not slowed.\vExamples:\n"
		"  bundletop                     the whole machine\n"
		"  bundletop -p 1234             one service\n"
		"  bundletop --cgroup /sys/fs/cgroup/system.slice/models.service\n"
		"  bundletop --once              one report\n"
		"  bundletop --layers -p 1234    the layers of the model files that it has open or mapped\n"
		"  bundletop --json -i 10        a line every ten seconds, for a log\n"
		"\n"
		"It needs root or CAP_BPF and CAP_PERFMON, and CAP_SYS_PTRACE for other users' processes (before Linux 6.2, CAP_SYS_ADMIN instead of the first two). The exit status is 0 at the end, 1 if something failed, 2 for usage errors.",
		NULL, NULL, NULL };
	*options = (struct top_options){ .interval = 1, .window = 10, .max_overhead = 0.01 };
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&parser, argc, argv, 0, NULL, options);
	check(options);
}
