/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "user/record/btrace.h"
#include "user/event/call_counts.h"
#include "user/base/report.h"
#include "output.h"

struct replay {
	const struct options *options;
	struct btrace_reader *reader;
	struct output *output;
	struct call_count shown[SYSCALL_MAX]; /* counted here, for a recording that was cut off */
	struct call_count calls[SYSCALL_MAX];
};

/* Whether -e wants it. What tells of files and processes is always wanted. */
static bool wanted(const struct options *options, const struct event_header *record)
{
	if (record->kind == EVENT_SYSCALL && record->size >= sizeof(struct event_syscall))
		return options->filter
			.wanted[((const struct event_syscall *)(const void *)record)->nr % SYSCALL_MAX];
	if (KIND_IS_PROBE(record->kind))
		return filter_wants_app(&options->filter, record->kind);
	return true;
}

static void count(struct replay *replay, const struct event_header *record)
{
	const struct event_syscall *call = (const void *)record;
	if (record->kind != EVENT_SYSCALL || record->size < sizeof(*call) ||
		call->result == RESULT_UNFINISHED)
		return;
	call_counts_add(replay->shown, call->nr % SYSCALL_MAX, call->result, call->duration_ns);
}

/* All records. 0 or -errno; a damaged end is reported, and what came before it stays. */
static int records(struct replay *replay)
{
	const struct event_header *record;
	unsigned cpu;
	int more, err = 0;
	while (!err && (more = btrace_read(replay->reader, &record, &cpu)) > 0) {
		if (!wanted(replay->options, record))
			continue;
		count(replay, record);
		err = output_record(replay->output, record, cpu);
	}
	if (err && err != -EBADMSG)
		return err;
	if (err || more < 0)
		report("%s: damaged: what follows is not shown", printable(replay->options->read));
	return 0;
}

static int finish(struct replay *replay)
{
	struct run_result result;
	bool whole = btrace_result(replay->reader, &result);
	const struct call_count *calls = whole && result.calls ? result.calls : replay->shown;
	if (!whole)
		report("%s: the recording was cut off: how the command ended and what was lost is not known",
			printable(replay->options->read));
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (replay->options->filter.wanted[nr])
			replay->calls[nr] = calls[nr];
	result.calls = filter_any_call(&replay->options->filter) ? replay->calls : NULL;
	int err = output_finish(replay->output, &result);
	if (run_lost(&result))
		report("%llu events were lost when it was recorded", (unsigned long long)run_lost(&result));
	return err;
}

int replay_run(const struct options *options)
{
	const char *problem;
	int err = -EIO;
	struct replay *replay = calloc(1, sizeof(*replay));
	if (!replay)
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	replay->options = options;
	replay->reader = btrace_reader_open(options->read, &problem);
	if (!replay->reader)
		report("%s: %s", printable(options->read), problem);
	else
		replay->output = output_open(options, &btrace_head(replay->reader)->start);
	if (replay->output) {
		err = records(replay);
		if (!err)
			err = finish(replay);
		if (err && err != -EPIPE)
			report("%s: %s", options->output ? printable(options->output) : "output",
				strerror(-err));
	}
	output_close(replay->output);
	btrace_reader_close(replay->reader);
	free(replay);
	return err && err != -EPIPE ? EXIT_FAILURE : EXIT_SUCCESS;
}
