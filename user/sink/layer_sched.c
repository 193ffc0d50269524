/* SPDX-License-Identifier: BSD-2-Clause */
/* The sched layer: times off the CPU. */
#include "layers.h"
#include "pieces.h"
#include "user/base/units.h"
#include "user/calls/syscalls.h"

static const char *reason_word(const struct sched_event *sched)
{
	static const char *const words[OFF_REASONS] = { "disk", "runnable", "other" };
	return words[sched->reason];
}

/* off_cpu_disk */
static void sched_name(struct text *t, const struct event *ev)
{
	text_str(t, "off_cpu_");
	text_str(t, reason_word(&ev->sched));
}

/* What the thread was in: pread64, (call), (fault), (user). */
static void within_text(struct text *t, const struct sched_event *sched)
{
	static const char *const words[OFF_WITHIN] = { "(user)", "(call)", "(fault)" };
	if (sched->within == OFF_IN_CALL && sched->nr < SYSCALL_OTHER)
		syscall_name_text(t, sched->nr);
	else
		text_str(t, words[sched->within]);
}

static void parts_text(struct text *t, const struct sched_event *sched)
{
	if (!sched->blocked_ns || !sched->runnable_ns)
		return; /* the duration is all */
	text_str(t, " blocked ");
	unit_ns(t, sched->blocked_ns);
	text_str(t, " runnable ");
	unit_ns(t, sched->runnable_ns);
}

static void sched_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	sched_name(t, ev);
	text_str(t, " in ");
	within_text(t, &ev->sched);
	parts_text(t, &ev->sched);
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void sched_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct sched_event *sched = &ev->sched;
	(void)unused;
	LITERAL(t, ",\"reason\":");
	json_piece_word(t, reason_word(sched));
	LITERAL(t, ",\"within\":\"");
	within_text(t, sched);
	LITERAL(t, "\"");
	NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	NUMBER(t, ",\"blocked_ns\":", sched->blocked_ns);
	NUMBER(t, ",\"runnable_ns\":", sched->runnable_ns);
}

static void sched_cells(struct csv *csv, const struct event *ev)
{
	sched_name(&csv->cell, ev);
	csv_cell(csv);
	within_text(&csv->cell, &ev->sched);
	csv_cell(csv);
	csv_nones(csv, 2); /* result, error */
	csv_duration(csv, ev->duration_ns);
	csv_nones(csv, 4); /* path, offset, bytes, bundle */
}

static void sched_detail(struct text *t, const struct event *ev)
{
	detail_u64(t, "blocked_ns", ev->sched.blocked_ns);
	detail_u64(t, "runnable_ns", ev->sched.runnable_ns);
}

static void sched_note(struct text *t, const struct event *ev)
{
	text_str(t, "in ");
	within_text(t, &ev->sched);
	parts_text(t, &ev->sched);
}

const struct layer_view layer_sched = {
	.text = sched_text,
	.json = sched_json,
	.csv_cells = sched_cells,
	.csv_detail = sched_detail,
	.name = sched_name,
	.note = sched_note,
};
