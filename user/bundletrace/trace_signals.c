/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals are read from a descriptor, not handled: what they make the program print is printed in one
 * place. */
#include <errno.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "trace_inside.h"

#define GRACE_MS     1000 /* time for the command to end after Ctrl-C, still traced */
#define WAIT_TICK_MS 100

int trace_open_signals(struct trace *trace)
{
	sigset_t mask;
	sigemptyset(&mask);
	if (trace->options->flight_bytes)
		sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGQUIT);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &mask, &trace->old_mask))
		return -errno;
	trace->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return trace->signals < 0 ? -errno : 0;
}

void trace_take_signals(struct trace *trace)
{
	struct signalfd_siginfo info;
	while (read(trace->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR1) {
			trace->dump_asked = true;
			continue;
		}
		bool now = trace->signal != 0 || !trace_has_command(trace);
		trace->signal = (int)info.ssi_signo;
		trace->asked++;
		trace->deadline_ms = trace_clock_ns(CLOCK_MONOTONIC) / 1000000 + (now ? 0 : GRACE_MS);
		/* a terminal signals both; kill(1) signals only the tracer */
		if (info.ssi_code <= 0 && trace_has_command(trace) && !trace->command.reaped)
			kill(trace->command.pid, trace->signal);
	}
}

bool trace_past_deadline(const struct trace *trace)
{
	return trace->deadline_ms && trace_clock_ns(CLOCK_MONOTONIC) / 1000000 >= trace->deadline_ms;
}

void trace_wait_command(struct trace *trace)
{
	while (!command_reap(&trace->command) && !trace_past_deadline(trace)) {
		struct epoll_event ready;
		if (epoll_wait(trace->epoll, &ready, 1, WAIT_TICK_MS) > 0 && ready.data.fd == trace->signals)
			trace_take_signals(trace);
	}
}
