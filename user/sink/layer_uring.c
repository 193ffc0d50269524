/* SPDX-License-Identifier: BSD-2-Clause */
/* The uring layer: requests of io_uring, like the calls that they stand for. A request has no descriptor when it
 * completes, so its file stands in the descriptor's place. */
#include "layers.h"
#include "pieces.h"
#include "user/base/errnames.h"
#include "user/calls/result_text.h"
#include "user/calls/uring_ops.h"
#include "user/calls/value_text.h"

/* uring_read */
static void uring_name(struct text *t, const struct event *ev)
{
	text_str(t, "uring_");
	uring_op_text(t, ev->uring.opcode);
}

static bool transfers(const struct uring_event *uring)
{
	return uring_reads(uring->opcode) || uring_writes(uring->opcode);
}

/* <path>, 4096, 8192: the file, the bytes asked for, and where. */
static void args(struct text *t, const struct uring_event *uring)
{
	bool file = uring->file.path.data && !uring_opens(uring->opcode);
	if (file)
		file_name_text(t, uring->file.path, uring->file.deleted);
	if (!transfers(uring))
		return;
	if (file)
		text_add(t, ", ", 2);
	text_u64(t, uring->length);
	if (!(uring->flags & URING_NO_OFFSET))
		add_number(t, ", ", uring->start, "");
}

static bool failed(const struct uring_event *uring)
{
	return uring->result < 0 && uring->result >= -4095;
}

static void result(struct text *t, const struct uring_event *uring)
{
	if (failed(uring))
		error_text(t, (int)-uring->result);
	else
		text_s64(t, uring->result);
}

static void uring_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct uring_event *uring = &ev->uring;
	uring_name(t, ev);
	text_char(t, '(');
	args(t, uring);
	text_add(t, ") = ", 4);
	result(t, uring);
	if (uring_opens(uring->opcode) && !failed(uring))
		file_name_text(t, uring->file.path, uring->file.deleted);
	if (uring->place)
		add_place(t, uring->place);
	if (uring->flags & URING_DIRECT)
		text_str(t, " direct");
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void uring_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct uring_event *uring = &ev->uring;
	(void)unused;
	LITERAL(t, ",\"name\":\"");
	uring_name(t, ev);
	LITERAL(t, "\",\"result\":");
	text_s64(t, uring->result);
	if (failed(uring))
		json_piece_error(t, (uint64_t)-uring->result);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	NUMBER(t, ",\"user_data\":", uring->user_data);
	if (uring->file.id.ino) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &uring->file, false);
	}
	if (transfers(uring)) {
		if (!(uring->flags & URING_NO_OFFSET))
			NUMBER(t, ",\"offset\":", uring->start);
		NUMBER(t, ",\"length\":", uring->length);
	}
	if (uring->flags & URING_DIRECT)
		LITERAL(t, ",\"direct\":true");
	if (uring->place)
		json_piece_region(t, uring->place);
}

static void uring_cells(struct csv *csv, const struct event *ev)
{
	const struct uring_event *uring = &ev->uring;
	uring_name(&csv->cell, ev);
	csv_cell(csv);
	args(&csv->cell, uring);
	csv_cell(csv);
	csv_s64(csv, uring->result);
	if (failed(uring))
		csv_error(csv, (uint64_t)-uring->result);
	else
		csv_none(csv);
	csv_duration(csv, ev->duration_ns);
	csv_span(csv, uring->file.path);
	if (transfers(uring) && !(uring->flags & URING_NO_OFFSET))
		csv_u64(csv, uring->start);
	else
		csv_none(csv);
	if (transfers(uring))
		csv_u64(csv, uring->length);
	else
		csv_none(csv);
	csv_none(csv); /* bundle */
}

static void uring_detail(struct text *t, const struct event *ev)
{
	detail_u64(t, "user_data", ev->uring.user_data);
	if (ev->uring.flags & URING_DIRECT)
		detail_str(t, "direct", "true");
}

static void uring_note(struct text *t, const struct event *ev)
{
	const char *error = failed(&ev->uring) ? errno_name((int)-ev->uring.result) : NULL;
	if (error)
		text_str(t, error);
	else
		text_s64(t, ev->uring.result);
	if (ev->uring.flags & URING_DIRECT)
		text_str(t, ", direct");
}

const struct layer_view layer_uring = {
	.text = uring_text,
	.json = uring_json,
	.csv_cells = uring_cells,
	.csv_detail = uring_detail,
	.name = uring_name,
	.note = uring_note,
};
