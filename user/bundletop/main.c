/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "user/base/signals.h"
#include "user/base/report.h"
#include "batch.h"
#include "loop.h"
#include "options.h"
#include "screen.h"
#include "watch.h"

const char *argp_program_version = "bundletop " VERSION;

static bool debug;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debug ? vfprintf(stderr, format, args) : 0;
}

/* Each program with probes takes a few descriptors, and over days there may be many programs. */
static void raise_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int print_report(struct out *out, struct watch *watch)
{
	if (watch->options->output == TOP_JSON)
		batch_json(&out->text, watch);
	else
		batch_text(&out->text, watch);
	return out_flush(out);
}

/* Signals that arrive while the reader of the output stalls. */
struct patience {
	int signals;
	unsigned asked;
};

static bool enough(void *ctx, unsigned stalled_ms)
{
	struct patience *patience = ctx;
	struct signalfd_siginfo info;
	while (signals_take(patience->signals, &info))
		patience->asked++;
	return out_asked_enough(patience->asked, stalled_ms);
}

/* Prints a report for each interval until the end. 0 or -errno. */
static int run_batch(struct watch *watch, int signals)
{
	struct out out;
	unsigned long reports = 0;
	uint64_t next_ns = watch->state->now_ns, interval_ns = (uint64_t)(watch->options->interval * 1e9);
	int err = 0;
	struct patience patience = { signals, 0 };
	out_init(&out, STDOUT_FILENO);
	out_set_wait(&out, &(struct out_wait){ enough, &patience, signals });
	bool over = false;
	while (!over && !err) {
		next_ns += interval_ns;
		int woken = loop_wait(watch, signals, -1, next_ns);
		over = woken == LOOP_SIGNAL || woken == LOOP_OVER;
		err = woken < 0 ? woken : watch_read(watch);
		if (!err)
			err = print_report(&out, watch);
		if (!err)
			watch_forget(watch, 0);
		over |= ++reports == watch->options->count || patience.asked;
	}
	out_free(&out);
	return err == -EPIPE ? 0 : err;
}

int main(int argc, char **argv)
{
	struct top_options options;
	struct watch watch;
	report_program("bundletop");
	top_options_parse(&options, argc, argv);
	debug = options.debug;
	report_debugging(debug);
	libbpf_set_print(print_libbpf);
	bool screen = options.output == TOP_SCREEN;
	if (screen && !screen_possible())
		return EXIT_FAILURE;
	raise_files();
	int signals = signals_open(0, NULL);
	int err = signals < 0 ? signals : watch_start(&watch, &options);
	int code = err ? EXIT_FAILURE : EXIT_SUCCESS;
	if (!err) {
		err = screen ? screen_run(&watch, signals) : run_batch(&watch, signals);
		if (err)
			report("%s", err == -ECANCELED ? OUT_UNREAD : strerror(-err));
		code = err ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	watch_end(&watch);
	free(options.pids);
	return code;
}
