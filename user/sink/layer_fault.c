/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault layer: page faults in mappings of files. */
#include "layers.h"
#include "pieces.h"
#include "user/calls/value_text.h"

static const char *fault_word(const struct fault_event *fault)
{
	return fault->flags & FAULT_MAJOR ? "major" : "minor";
}

/* major_fault */
static void fault_name(struct text *t, const struct event *ev)
{
	text_str(t, fault_word(&ev->fault));
	text_str(t, "_fault");
}

/* </tmp/m.gguf>, 4096 @8192, in the form of a read's arguments: bytes and offset. */
static void args(struct text *t, const struct fault_event *fault)
{
	file_name_text(t, fault->file.path, fault->file.deleted);
	if (fault->file.path.data)
		text_add(t, ", ", 2);
	text_u64(t, fault->bytes);
	add_number(t, ", ", fault->start, "");
}

static void fault_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct fault_event *fault = &ev->fault;
	fault_name(t, ev);
	text_char(t, '(');
	args(t, fault);
	text_char(t, ')');
	if (fault->place)
		add_place(t, fault->place);
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void fault_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct fault_event *fault = &ev->fault;
	(void)unused;
	LITERAL(t, ",\"fault\":");
	json_piece_word(t, fault_word(fault));
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (fault->wait_ns)
		NUMBER(t, ",\"disk_ns\":", fault->wait_ns);
	if (fault->address) {
		LITERAL(t, ",\"address\":\"");
		hex_text(t, fault->address);
		LITERAL(t, "\"");
	}
	if (fault->file.id.ino) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &fault->file, false);
	}
	NUMBER(t, ",\"offset\":", fault->start);
	NUMBER(t, ",\"length\":", fault->bytes);
	if (fault->flags & FAULT_AROUND)
		LITERAL(t, ",\"around\":true");
	if (fault->place)
		json_piece_region(t, fault->place);
}

static void fault_cells(struct csv *csv, const struct event *ev)
{
	const struct fault_event *fault = &ev->fault;
	fault_name(&csv->cell, ev);
	csv_cell(csv);
	args(&csv->cell, fault);
	csv_cell(csv);
	csv_range(csv, ev);
}

static void fault_detail(struct text *t, const struct event *ev)
{
	if (ev->fault.wait_ns)
		detail_u64(t, "disk_ns", ev->fault.wait_ns);
	if (ev->fault.flags & FAULT_AROUND)
		detail_str(t, "around", "true");
}

const struct layer_view layer_fault = {
	.text = fault_text,
	.json = fault_json,
	.csv_cells = fault_cells,
	.csv_detail = fault_detail,
	.name = fault_name,
};
