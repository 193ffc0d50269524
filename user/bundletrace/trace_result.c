/* SPDX-License-Identifier: BSD-2-Clause */
/* What the output shows besides events: counts, notes, how the command ended. */
#include <string.h>

#include "user/base/report.h"
#include "user/kernel/call_times.h"
#include "user/kernel/kernel_counts.h"
#include "trace_inside.h"

void trace_result_counts(struct trace *trace, struct run_result *result)
{
	int err = kernel_counts(trace->kernel, trace->calls, result->lost);
	if (err)
		report("cannot read the counts of the kernel side: %s", strerror(-err));
	result->durations = options_timed(trace->options);
	result->calls = filter_any_call(&trace->options->filter) ? trace->calls : NULL;
}

void trace_result_notes(struct trace *trace, struct run_result *result)
{
	unsigned count = 0;
	for (unsigned i = 0; i <= STEP_NOTES && trace->governor.notes[i]; i++)
		trace->all_notes[count++] = trace->governor.notes[i];
	for (unsigned i = 0; i < trace->notes.count; i++)
		trace->all_notes[count++] = trace->notes.list[i];
	trace->all_notes[count] = NULL;
	result->notes = count ? trace->all_notes : NULL;
}

/* What helps where the output was too slow, and is not done already. */
static const char *what_helps(const struct options *options)
{
	if (!options->timeline)
		return "a larger --buffer";
	if (options->format == FORMAT_BTRACE)
		return "a larger --buffer or fewer events with -e";
	if (options->output)
		return "a larger --buffer, fewer events with -e, or a recording with -o FILE.btrace";
	return "a larger --buffer, fewer events with -e, -c or -o FILE.btrace";
}

/* Events without their stacks: fewer or smaller stacks help. */
static void note_stacks(struct trace *trace)
{
	const struct options *options = trace->options;
	uint64_t left_out = output_stacks_left_out(trace->output);
	if (left_out)
		run_notes_add(&trace->notes,
			"the stacks of %llu events were left out: there were too many to keep up with (%s%s%s help)",
			(unsigned long long)left_out, "fewer events with -e or -P, a larger --buffer",
			options->stacks == STACKS_ALL ? ", -s" : "",
			options->frame_pointers ? "" : ", --unwind=fp");
}

/* Notes that are known only at the end. */
static void add_last_notes(struct trace *trace)
{
	uint64_t dropped = trace->stack_resolver ? stack_resolver_dropped(trace->stack_resolver) : 0;
	run_notes_take(&trace->notes, trace->options, trace->kernel, &trace->binaries, trace->late_attach,
		trace->path);
	note_stacks(trace);
	if (trace->stack_resolver && stack_resolver_python_unnamed(trace->stack_resolver))
		run_notes_add(&trace->notes,
			"Python functions are not shown, only the interpreter's (CPython 3.12 and later name them: python3 -X perf)");
	if (dropped)
		run_notes_add(&trace->notes,
			"the lines of %llu events are missing: they have too many different stacks",
			(unsigned long long)dropped);
}

/* One line on standard error: how many events are missing, and why. */
static void report_lost(const struct trace *trace, const struct run_result *result)
{
	static const char *const reasons[LOST_CAUSES] = {
		[LOST_RING_FULL] = "the output was slower than the events",
		[LOST_STATE] = "no memory for them, or that of the process could not be read",
		[LOST_ABI32] = "32-bit calls are not decoded",
		[LOST_SKIPPED] =
			"the kernel skipped hooks, of these processes or others (--debug says how hooks are attached)",
	};
	struct text t = { 0 };
	for (unsigned cause = 0; cause < LOST_CAUSES; cause++) {
		uint64_t count = 0;
		for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
			count += result->lost[kind][cause];
		if (count)
			text_printf(&t, "%s%llu: %s", t.len ? "; " : "", (unsigned long long)count,
				reasons[cause]);
		if (count && cause == LOST_RING_FULL)
			text_printf(&t, " (%s helps)", what_helps(trace->options));
	}
	if (t.len)
		report("%llu events were lost: %.*s", (unsigned long long)run_lost(result), (int)t.len,
			t.data);
	text_free(&t);
}

void trace_result_end(struct trace *trace, struct run_result *result, unsigned uncounted)
{
	trace_result_counts(trace, result);
	if (options_spread_calls(trace->options)) {
		int err = call_times_take(trace->kernel, trace->calls, output_stats(trace->output));
		if (err)
			report("cannot read how long calls took: %s", strerror(-err));
	}
	result->lost[EVENT_MODEL][LOST_STATE] += uncounted;
	/* after the last of --max-events, the command's end is not part of the trace, whether it has come or
	 * not */
	result->ended =
		trace_has_command(trace) && command_reap(&trace->command) && !output_full(trace->output);
	result->status = trace->command.status;
	result->memory_limit = trace->memory.bytes;
	result->memory_grouped = trace->memory.grouped;
	add_last_notes(trace);
	trace_result_notes(trace, result);
	report_lost(trace, result);
}
