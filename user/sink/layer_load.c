/* SPDX-License-Identifier: BSD-2-Clause */
/* The load layer: loads that were inferred from the use of files. */
#include "layers.h"
#include "pieces.h"
#include "user/calls/value_text.h"
#include "user/event/load_costs.h"
#include "user/event/words.h"

/* load blk.0.attn_q.weight */
static void load_name(struct text *t, const struct event *ev)
{
	text_str(t, ev->inferred.reload ? "reload " : "load ");
	add_name(t, ev->inferred.part);
}

static void add_storage(struct text *t, const struct load_costs *costs)
{
	if (costs && costs->storage_bytes != COST_UNKNOWN)
		add_number(t, ", ", costs->storage_bytes, " B from storage");
}

static void load_note(struct text *t, const struct event *ev)
{
	text_u64(t, ev->inferred.touched);
	text_str(t, " B");
	add_storage(t, ev->costs);
	text_str(t, ", inferred");
}

/* load blk.0.attn_q.weight 1048576 B in 1.23 ms, 1048576 B from storage, inferred */
static void load_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct load_event *load = &ev->inferred;
	load_name(t, ev);
	add_number(t, " ", load->touched, " B");
	if (load->touched < load->bytes)
		add_number(t, " of ", load->bytes, " B");
	if (ev->duration_ns != NO_DURATION) {
		text_str(t, " in ");
		duration_text(t, ev->duration_ns);
	}
	add_storage(t, ev->costs);
	if (load->gone_ns) {
		text_str(t, ", last used ");
		duration_text(t, load->gone_ns);
		text_str(t, " before");
	}
	if (load->instead.data) {
		text_str(t, ", after ");
		add_name(t, load->instead);
	}
	text_str(t, ", inferred");
	(void)style;
}

static void load_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct load_event *load = &ev->inferred;
	(void)unused;
	LITERAL(t, ",\"part\":");
	json_piece_span(t, load->part);
	if (load->part.cut)
		LITERAL(t, ",\"part_cut\":true");
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (load->file.id.ino) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &load->file, false);
	}
	NUMBER(t, ",\"offset\":", load->start);
	NUMBER(t, ",\"length\":", load->bytes);
	NUMBER(t, ",\"touched_bytes\":", load->touched);
	NUMBER(t, ",\"idle_ns\":", load->idle_ns);
	if (load->reload)
		LITERAL(t, ",\"reload\":true");
	if (load->gone_ns)
		NUMBER(t, ",\"gone_ns\":", load->gone_ns);
	if (load->instead.data) {
		LITERAL(t, ",\"after\":");
		json_piece_span(t, load->instead);
		if (load->instead.cut)
			LITERAL(t, ",\"after_cut\":true");
	}
}

static void load_cells(struct csv *csv, const struct event *ev)
{
	const struct load_event *load = &ev->inferred;
	csv_span(csv, load->part);
	csv_nones(csv, 3); /* args, result, error */
	csv_duration(csv, ev->duration_ns);
	csv_span(csv, load->file.path);
	csv_u64(csv, load->start);
	csv_u64(csv, load->bytes);
	csv_none(csv); /* bundle */
}

static void load_detail(struct text *t, const struct event *ev)
{
	const struct load_event *load = &ev->inferred;
	detail_u64(t, "touched_bytes", load->touched);
	if (ev->costs && ev->costs->storage_bytes != COST_UNKNOWN)
		detail_u64(t, "storage_bytes", ev->costs->storage_bytes);
	detail_u64(t, "idle_ns", load->idle_ns);
	if (load->reload)
		detail_str(t, "reload", "true");
	if (load->gone_ns)
		detail_u64(t, "gone_ns", load->gone_ns);
	if (load->instead.data) {
		detail_key(t, "after");
		text_escaped(t, load->instead.data, load->instead.len);
	}
}

const struct layer_view layer_load = {
	.text = load_text,
	.json = load_json,
	.csv_cells = load_cells,
	.csv_detail = load_detail,
	.name = load_name,
	.note = load_note,
};
