/* SPDX-License-Identifier: BSD-2-Clause */
/* The pagecache layer: pages of files that were added to the page cache, or deleted from it. */
#include "layers.h"
#include "pieces.h"
#include "user/calls/value_text.h"
#include "user/event/words.h"

static const char *pages_word(const struct pages_event *pages)
{
	static const char *const words[PAGES_OPS_COUNT] = {
#define WORD(ID, word) #word,
		PAGES_OPS(WORD)
#undef WORD
	};
	return words[pages->op % PAGES_OPS_COUNT];
}

/* pages_evicted */
static void pages_name(struct text *t, const struct event *ev)
{
	text_str(t, "pages_");
	text_str(t, pages_word(&ev->pages));
}

/* </tmp/m.gguf>, 65536, 8192, in the form of a read's arguments: bytes and offset. */
static void args(struct text *t, const struct pages_event *pages)
{
	file_name_text(t, pages->file.path, pages->file.deleted);
	if (pages->file.path.data)
		text_add(t, ", ", 2);
	text_u64(t, pages->bytes);
	add_number(t, ", ", pages->start, "");
}

/*  65536 back after 8.20 s */
static void add_back(struct text *t, const struct pages_event *pages)
{
	if (!pages->back_bytes)
		return;
	add_number(t, " ", pages->back_bytes, " back after ");
	duration_digits(t, (double)pages->gone_ns);
}

static void pages_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct pages_event *pages = &ev->pages;
	pages_name(t, ev);
	text_char(t, '(');
	args(t, pages);
	text_char(t, ')');
	if (pages->place)
		add_place(t, pages->place);
	add_back(t, pages);
	if (pages->by.data) {
		text_str(t, " by ");
		add_name(t, pages->by);
	}
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void pages_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct pages_event *pages = &ev->pages;
	(void)unused;
	LITERAL(t, ",\"pages\":");
	json_piece_word(t, pages_word(pages));
	if (pages->file.id.ino) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &pages->file, false);
	}
	NUMBER(t, ",\"offset\":", pages->start);
	NUMBER(t, ",\"length\":", pages->bytes);
	NUMBER(t, ",\"folios\":", pages->folios);
	NUMBER(t, ",\"first_ns\":", pages->first_ns);
	NUMBER(t, ",\"last_ns\":", pages->last_ns);
	if (pages->back_bytes) {
		NUMBER(t, ",\"back_bytes\":", pages->back_bytes);
		NUMBER(t, ",\"gone_ns\":", pages->gone_ns);
	}
	if (pages->by.data) {
		LITERAL(t, ",\"by\":");
		json_piece_span(t, pages->by);
	}
	if (pages->place)
		json_piece_region(t, pages->place);
}

static void pages_cells(struct csv *csv, const struct event *ev)
{
	const struct pages_event *pages = &ev->pages;
	pages_name(&csv->cell, ev);
	csv_cell(csv);
	args(&csv->cell, pages);
	csv_cell(csv);
	csv_range(csv, ev);
}

static void pages_detail(struct text *t, const struct event *ev)
{
	const struct pages_event *pages = &ev->pages;
	detail_u64(t, "folios", pages->folios);
	if (pages->back_bytes) {
		detail_u64(t, "back_bytes", pages->back_bytes);
		detail_u64(t, "gone_ns", pages->gone_ns);
	}
	if (pages->by.data) {
		detail_key(t, "by");
		text_escaped(t, pages->by.data, pages->by.len);
	}
}

static void pages_note(struct text *t, const struct event *ev)
{
	add_number(t, "", ev->pages.bytes, " bytes");
	add_back(t, &ev->pages);
}

const struct layer_view layer_pagecache = {
	.text = pages_text,
	.json = pages_json,
	.csv_cells = pages_cells,
	.csv_detail = pages_detail,
	.name = pages_name,
	.note = pages_note,
};
