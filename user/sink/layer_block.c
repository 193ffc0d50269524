/* SPDX-License-Identifier: BSD-2-Clause */
/* The block layer: requests to disks. */
#include "layers.h"
#include "pieces.h"
#include "user/base/units.h"
#include "user/calls/value_text.h"

static const char *op_word(const struct block_event *block)
{
	static const char *const words[BLOCK_OPS] = { "read", "write", "flush", "discard", "zeroes",
		"other" };
	return words[block->op];
}

/* Why it has no file; NULL: it has one. */
static const char *untied_word(const struct block_event *block)
{
	static const char *const words[BLOCK_UNTIED_REASONS] = { NULL, "device", "anonymous", "kernel",
		"no data" };
	return words[block->untied];
}

/* block_read */
static void block_name(struct text *t, const struct event *ev)
{
	text_str(t, "block_");
	text_str(t, op_word(&ev->block));
}

/* 254:0 */
static void dev_text(struct text *t, uint32_t dev)
{
	text_u64(t, dev >> 20);
	text_char(t, ':');
	text_u64(t, dev & 0xfffff);
}

/* </tmp/m.gguf>, 131072, 8192, in the form of a read's arguments; without its last part where it is not tied. */
static void args(struct text *t, const struct block_event *block)
{
	file_name_text(t, block->file.path, block->file.deleted);
	if (block->file.path.data)
		text_add(t, ", ", 2);
	text_u64(t, block->bytes);
	if (block->untied == BLOCK_TIED)
		add_number(t, ", ", block->start, "");
}

static void flags_text(struct text *t, const struct block_event *block)
{
	if (block->untied != BLOCK_TIED && block->untied != BLOCK_NO_DATA)
		text_printf(t, " not tied (%s)", untied_word(block));
	if (block->flags & BLOCK_RAHEAD)
		text_str(t, " ahead");
	if (block->flags & BLOCK_DIRECT)
		text_str(t, " direct");
	if (block->flags & BLOCK_NOT_FIRST)
		text_str(t, " same request");
	if (block->flags & BLOCK_FAILED)
		text_str(t, " failed");
	if (block->flags & BLOCK_UNSUBMITTED)
		text_str(t, " of an unknown task");
	else if (block->flags & BLOCK_OTHERS)
		text_str(t, " of a task that is not traced");
}

static void block_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct block_event *block = &ev->block;
	block_name(t, ev);
	text_char(t, '(');
	args(t, block);
	text_char(t, ')');
	if (block->place)
		add_place(t, block->place);
	text_str(t, " dev ");
	dev_text(t, block->dev);
	add_number(t, " sector ", block->sector, "");
	if (block->queue_ns != NO_DURATION) {
		text_str(t, " queue ");
		unit_ns(t, block->queue_ns);
	}
	flags_text(t, block);
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void flags_json(struct text *t, const struct block_event *block)
{
	if (block->flags & BLOCK_RAHEAD)
		LITERAL(t, ",\"ahead\":true");
	if (block->flags & BLOCK_DIRECT)
		LITERAL(t, ",\"direct\":true");
	if (block->flags & BLOCK_FUA)
		LITERAL(t, ",\"fua\":true");
	if (block->flags & BLOCK_NOT_FIRST)
		LITERAL(t, ",\"same_request\":true");
	if (block->flags & BLOCK_FAILED)
		LITERAL(t, ",\"failed\":true");
	if (block->flags & BLOCK_OTHERS)
		LITERAL(t, ",\"others\":true");
	if (block->flags & BLOCK_UNSUBMITTED)
		LITERAL(t, ",\"unsubmitted\":true");
}

static void block_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct block_event *block = &ev->block;
	(void)unused;
	LITERAL(t, ",\"op\":");
	json_piece_word(t, op_word(block));
	LITERAL(t, ",\"dev\":\"");
	dev_text(t, block->dev);
	NUMBER(t, "\",\"sector\":", block->sector);
	NUMBER(t, ",\"length\":", block->bytes);
	NUMBER(t, ",\"request_bytes\":", block->request_bytes);
	if (block->queue_ns != NO_DURATION)
		NUMBER(t, ",\"queue_ns\":", block->queue_ns);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (block->untied == BLOCK_TIED) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &block->file, false);
		NUMBER(t, ",\"offset\":", block->start);
	} else {
		LITERAL(t, ",\"tied\":false,\"untied\":");
		json_piece_word(t, untied_word(block));
	}
	flags_json(t, block);
	if (block->place)
		json_piece_region(t, block->place);
}

static void block_cells(struct csv *csv, const struct event *ev)
{
	const struct block_event *block = &ev->block;
	block_name(&csv->cell, ev);
	csv_cell(csv);
	args(&csv->cell, block);
	csv_cell(csv);
	csv_nones(csv, 2); /* result, error */
	csv_duration(csv, ev->duration_ns);
	csv_span(csv, block->file.path);
	if (block->untied == BLOCK_TIED)
		csv_u64(csv, block->start);
	else
		csv_none(csv);
	csv_u64(csv, block->bytes);
	csv_none(csv); /* bundle */
}

static void block_detail(struct text *t, const struct event *ev)
{
	const struct block_event *block = &ev->block;
	detail_key(t, "dev");
	dev_text(t, block->dev);
	detail_u64(t, "sector", block->sector);
	detail_u64(t, "request_bytes", block->request_bytes);
	if (block->queue_ns != NO_DURATION)
		detail_u64(t, "queue_ns", block->queue_ns);
	if (block->untied != BLOCK_TIED)
		detail_str(t, "untied", untied_word(block));
	if (block->flags & BLOCK_RAHEAD)
		detail_str(t, "ahead", "true");
	if (block->flags & BLOCK_DIRECT)
		detail_str(t, "direct", "true");
	if (block->flags & BLOCK_NOT_FIRST)
		detail_str(t, "same_request", "true");
	if (block->flags & BLOCK_FAILED)
		detail_str(t, "failed", "true");
	if (block->flags & BLOCK_OTHERS)
		detail_str(t, "others", "true");
}

static void block_note(struct text *t, const struct event *ev)
{
	add_number(t, "", ev->block.bytes, " bytes");
	flags_text(t, &ev->block);
}

const struct layer_view layer_block = {
	.text = block_text,
	.json = block_json,
	.csv_cells = block_cells,
	.csv_detail = block_detail,
	.name = block_name,
	.note = block_note,
};
