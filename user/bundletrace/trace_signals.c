/* SPDX-License-Identifier: BSD-2-Clause */
/* What the signals do that end a trace or make the flight recorder write. */
#include "user/base/signals.h"
#include "trace_inside.h"

#define GRACE_MS     1000 /* time for the command to end after Ctrl-C, still traced */
#define WAIT_TICK_MS 100

int trace_open_signals(struct trace *trace)
{
	/* SIGUSR1 makes the flight recorder write */
	trace->signals = signals_open(trace->options->flight_bytes ? SIGUSR1 : 0, &trace->old_mask);
	return trace->signals < 0 ? trace->signals : 0;
}

void trace_take_signals(struct trace *trace)
{
	struct signalfd_siginfo info;
	while (signals_take(trace->signals, &info)) {
		if (info.ssi_signo == SIGUSR1) {
			trace->dump_asked = true;
			continue;
		}
		bool now = trace->signal != 0 || !trace_has_command(trace);
		trace->signal = (int)info.ssi_signo;
		trace->asked++;
		trace->deadline_ms = clock_monotonic_ms() + (now ? 0 : GRACE_MS);
		/* a terminal signals both; kill(1) signals only the tracer */
		if (info.ssi_code <= 0 && trace_has_command(trace) && !trace->command.reaped)
			kill(trace->command.pid, trace->signal);
	}
}

bool trace_past_deadline(const struct trace *trace)
{
	return trace->deadline_ms && clock_monotonic_ms() >= trace->deadline_ms;
}

void trace_wait_command(struct trace *trace)
{
	while (!command_reap(&trace->command) && !trace_past_deadline(trace)) {
		struct epoll_event ready;
		if (epoll_wait(trace->epoll, &ready, 1, WAIT_TICK_MS) > 0 && ready.data.fd == trace->signals)
			trace_take_signals(trace);
	}
}
