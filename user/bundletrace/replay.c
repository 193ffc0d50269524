/* SPDX-License-Identifier: BSD-2-Clause */
#include "replay.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "user/record/btrace.h"
#include "user/event/call_counts.h"
#include "user/event/kinds.h"
#include "user/base/report.h"
#include "output.h"

/* Notes on damaged parts, one each. What lies beyond is counted. */
#define NOTES_MAX 20

struct replay {
	const struct options *options;
	struct btrace_reader *reader;
	struct output *output;
	struct call_count shown[SYSCALL_MAX]; /* counted here, for a recording that was cut off */
	struct call_count calls[SYSCALL_MAX];
	bool damaged;
	unsigned parts; /* that are damaged */
	uint64_t lost[EVENT_KINDS];
	char *notes[NOTES_MAX + 1]; /* on damage, owned; NULL at the end */
	const char **all_notes;     /* those of the recording too */
};

static bool wants_fault(const struct filter *filter, const struct event_fault *fault)
{
	return filter->faults == FAULTS_ALL || (filter->faults == FAULTS_MAJOR && fault->flags & FAULT_MAJOR);
}

/* What was recorded of the layers below the system calls is shown, unless some of it is asked for. */
static bool wants_lower(const struct filter *filter, const struct event_header *record)
{
	enum filter_layer layer;
	if (!filter_layer_of(record->kind, &layer))
		return true;
	if (layer != FILTER_URING && !filter->layer_given && !filter->fault_given)
		return true;
	if (record->kind == EVENT_FAULT && record->size >= sizeof(struct event_fault))
		return wants_fault(filter, (const struct event_fault *)(const void *)record);
	return filter_wants_layer(filter, layer);
}

/* Whether -e wants it. What tells of files and processes is always wanted. */
static bool wanted(const struct options *options, const struct event_header *record)
{
	if (record->kind == EVENT_SYSCALL && record->size >= sizeof(struct event_syscall))
		return options->filter
			.wanted[((const struct event_syscall *)(const void *)record)->nr % SYSCALL_MAX];
	if (KIND_IS_PROBE(record->kind))
		return filter_wants_app(&options->filter, record->kind);
	return wants_lower(&options->filter, record);
}

static void count(struct replay *replay, const struct event_header *record)
{
	const struct event_syscall *call = (const void *)record;
	if (record->kind != EVENT_SYSCALL || record->size < sizeof(*call) ||
		call->result == RESULT_UNFINISHED)
		return;
	call_counts_add(replay->shown, call->nr % SYSCALL_MAX, call->result, call->duration_ns);
}

/* The text belongs to the list from here on. */
static void add_note(struct replay *replay, struct text *text)
{
	text_char(text, '\0');
	for (unsigned i = 0; i < NOTES_MAX && !text->failed; i++)
		if (!replay->notes[i]) {
			replay->notes[i] = text->data;
			report("%s: %s", printable(replay->options->read), text->data);
			return;
		}
	text_free(text);
}

static void note_damage(struct replay *replay, const struct btrace_damage *damage)
{
	struct text text = { 0 };
	replay->damaged = true;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		if (kind_of(kind)->role == ROLE_SHOWN)
			replay->lost[kind] += damage->missing[kind];
	if (++replay->parts >= NOTES_MAX)
		return;
	text_str(&text, "recording ");
	btrace_damage_text(&text, damage, &btrace_head(replay->reader)->start);
	add_note(replay, &text);
}

/* What holds for the whole recording. */
static void add_notes(struct replay *replay)
{
	struct text text = { 0 };
	if (replay->parts >= NOTES_MAX)
		text_printf(&text, "%u further parts of the recording are damaged",
			replay->parts - NOTES_MAX + 1);
	else if (btrace_head(replay->reader)->version < BTRACE_CHECKED)
		text_printf(&text,
			"recorded in version %u of the format, without checksums and without names of models and "
			"tensors in files: damage may have passed unseen",
			btrace_head(replay->reader)->version);
	else
		return;
	add_note(replay, &text);
}

static int take(struct replay *replay, const struct btrace_item *item)
{
	if (!wanted(replay->options, item->record))
		return 0;
	count(replay, item->record);
	int err = output_record(replay->output, item->record, item->cpu);
	if (err == -EBADMSG) { /* written as it is: no byte of it changed */
		replay->damaged = true;
		report("%s: a record that makes no sense is left out", printable(replay->options->read));
	}
	return err == -EBADMSG ? 0 : err;
}

/* All records. 0 or -errno; damage is reported, and what lies around it stays. */
static int records(struct replay *replay)
{
	struct btrace_item item;
	int more, err = 0;
	while (!err && (more = btrace_read(replay->reader, &item)) > 0) {
		if (more == BTRACE_RECORD) {
			err = take(replay, &item);
		} else {
			note_damage(replay, item.damage);
			output_gap(replay->output, item.damage->missing, item.damage->counted);
		}
	}
	add_notes(replay);
	return err ? err : more;
}

/* The recording's notes, then those on damage; false: out of memory. */
static bool join_notes(struct replay *replay, struct run_result *result)
{
	size_t count = 0;
	while (result->notes && result->notes[count])
		count++;
	replay->all_notes = calloc(count + NOTES_MAX + 1, sizeof(*replay->all_notes));
	if (!replay->all_notes)
		return false;
	if (count)
		memcpy(replay->all_notes, result->notes, count * sizeof(*replay->all_notes));
	for (unsigned i = 0; replay->notes[i]; i++)
		replay->all_notes[count++] = replay->notes[i];
	result->notes = count ? replay->all_notes : NULL;
	return true;
}

static int finish(struct replay *replay)
{
	struct run_result result;
	bool whole = btrace_result(replay->reader, &result);
	const struct call_count *calls = whole && result.calls ? result.calls : replay->shown;
	uint64_t lost = run_lost(&result);
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		lost -= result.lost[kind][LOST_DAMAGED]; /* of the recording that this one was made from */
	if (!join_notes(replay, &result))
		return -ENOMEM;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++)
		result.lost[kind][LOST_DAMAGED] += replay->lost[kind];
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++)
		if (replay->options->filter.wanted[nr])
			replay->calls[nr] = calls[nr];
	result.calls = filter_any_call(&replay->options->filter) ? replay->calls : NULL;
	int err = output_finish(replay->output, &result);
	if (lost)
		report("%llu events were lost when it was recorded", (unsigned long long)lost);
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
	bool failed = (err && err != -EPIPE) || replay->damaged;
	for (unsigned i = 0; replay->notes[i]; i++)
		free(replay->notes[i]);
	free(replay->all_notes);
	free(replay);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
