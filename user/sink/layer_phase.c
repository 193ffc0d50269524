/* SPDX-License-Identifier: BSD-2-Clause */
/* The phase layer: what a map of probes marks, by the names that the map gives. */
#include "user/event/phases.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

static void name_text(struct text *t, const struct phase_event *phase)
{
	const struct phase_info *info = phase->info;
	if (!info) {
		add_number(t, "phase ", phase->number, "");
		return;
	}
	text_escaped(t, info->map.data, info->map.len);
	text_char(t, ':');
	text_escaped(t, info->name.data, info->name.len);
}

/* path="/m.gguf"; path=? where it could not be read */
static void string_text(struct text *t, const struct phase_event *phase)
{
	text_escaped(t, phase->info->string.data, phase->info->string.len);
	if (!phase->string.data) {
		text_add(t, "=?", 2);
		return;
	}
	text_add(t, "=\"", 2);
	text_escaped(t, phase->string.data, phase->string.len);
	text_str(t, phase->string.cut ? "\"..." : "\"");
}

/* path="/m.gguf" block=7: what is known of them. */
static void args_text(struct text *t, const struct phase_event *phase, const char *before)
{
	const struct phase_info *info = phase->info;
	if (!info)
		return;
	if (info->string.data && phase_arg_known(info, PHASE_ARGS, phase->flags)) {
		text_str(t, before);
		string_text(t, phase);
		before = " ";
	}
	for (unsigned i = 0; i < info->arg_count; i++) {
		if (!phase_arg_known(info, i, phase->flags))
			continue;
		text_str(t, before);
		text_escaped(t, info->args[i].name.data, info->args[i].name.len);
		text_char(t, '=');
		phase_number_text(t, info->args[i].type, phase->args[i]);
		before = " ";
	}
}

static bool has_result(const struct phase_event *phase)
{
	return phase->info && phase->info->result != PHASE_NONE &&
	       !(phase->flags & (PHASE_IS_POINT | PHASE_UNFINISHED));
}

static void count_text(struct text *t, uint64_t count, const char *one, const char *many)
{
	if (!count)
		return;
	text_add(t, ", ", 2);
	text_u64(t, count);
	text_str(t, count == 1 ? one : many);
}

/* , 2 reads 8192 B, 3 major faults, 12288 B from storage */
static void meanwhile_text(struct text *t, const struct phase_event *phase)
{
	count_text(t, phase->reads, " read", " reads");
	if (phase->reads)
		add_number(t, " ", phase->read_bytes, " B");
	count_text(t, phase->major, " major fault", " major faults");
	count_text(t, phase->storage_bytes, " B from storage", " B from storage");
}

static void phase_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	const struct phase_event *phase = &ev->phase;
	(void)style;
	text_str(t, phase->info ? "phase " : "");
	name_text(t, phase);
	args_text(t, phase, " ");
	if (has_result(phase)) {
		text_add(t, " = ", 3);
		phase_number_text(t, phase->info->result, (uint64_t)phase->result);
	}
	if (phase->flags & PHASE_UNSTARTED)
		text_str(t, ", its start was not observed");
	if (phase->flags & PHASE_UNFINISHED)
		text_str(t, ", not ended");
	if (ev->duration_ns == NO_DURATION)
		return;
	text_str(t, phase->flags & PHASE_UNFINISHED ? " after " : " in ");
	duration_text(t, ev->duration_ns);
	meanwhile_text(t, phase);
}

/* ---- JSON ---- */

static void json_number(struct text *t, enum phase_type type, uint64_t value)
{
	if (type == PHASE_POINTER)
		text_char(t, '"');
	phase_number_text(t, type, value);
	if (type == PHASE_POINTER)
		text_char(t, '"');
}

static void json_args(struct text *t, const struct phase_event *phase)
{
	const struct phase_info *info = phase->info;
	LITERAL(t, ",\"args\":{");
	for (unsigned i = 0; i < info->arg_count; i++) {
		if (i)
			text_char(t, ',');
		json_piece_span(t, info->args[i].name);
		text_char(t, ':');
		if (phase_arg_known(info, i, phase->flags))
			json_number(t, info->args[i].type, phase->args[i]);
		else
			LITERAL(t, "null");
	}
	text_char(t, '}');
	if (info->string.data) {
		LITERAL(t, ",\"string\":");
		json_piece_span(t, phase->string);
	}
	if (phase->string.cut)
		LITERAL(t, ",\"string_cut\":true");
	if (has_result(phase)) {
		LITERAL(t, ",\"result\":");
		json_number(t, info->result, (uint64_t)phase->result);
	}
}

static void json_meanwhile(struct text *t, const struct event *ev)
{
	const struct phase_event *phase = &ev->phase;
	if (ev->duration_ns == NO_DURATION)
		return;
	NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (phase->flags & PHASE_READS) {
		NUMBER(t, ",\"read_calls\":", phase->reads);
		NUMBER(t, ",\"read_bytes\":", phase->read_bytes);
	}
	if (phase->flags & PHASE_STORAGE)
		NUMBER(t, ",\"storage_bytes\":", phase->storage_bytes);
	NUMBER(t, ",\"major_faults\":", phase->major);
	NUMBER(t, ",\"minor_faults\":", phase->minor);
}

static void phase_json(struct text *t, const struct event *ev, struct json_args *unused)
{
	const struct phase_event *phase = &ev->phase;
	(void)unused;
	LITERAL(t, ",\"map\":");
	json_piece_span(t, phase->info ? phase->info->map : (struct span){ 0 });
	LITERAL(t, ",\"name\":");
	json_piece_span(t, phase->info ? phase->info->name : (struct span){ 0 });
	if (phase->info)
		json_args(t, phase);
	if (phase->flags & PHASE_UNSTARTED)
		LITERAL(t, ",\"unstarted\":true");
	if (phase->flags & PHASE_UNFINISHED)
		LITERAL(t, ",\"unfinished\":true");
	json_meanwhile(t, ev);
}

/* ---- CSV ---- */

static void phase_cells(struct csv *csv, const struct event *ev)
{
	const struct phase_event *phase = &ev->phase;
	name_text(&csv->cell, phase);
	csv_cell(csv);
	args_text(&csv->cell, phase, "");
	csv_cell(csv);
	if (has_result(phase))
		phase_number_text(&csv->cell, phase->info->result, (uint64_t)phase->result);
	csv_cell(csv);
	csv_none(csv); /* error */
	csv_duration(csv, ev->duration_ns);
	csv_nones(csv, 4); /* file, offset, size, bundle */
}

static void phase_detail(struct text *t, const struct event *ev)
{
	const struct phase_event *phase = &ev->phase;
	if (phase->flags & PHASE_UNSTARTED)
		detail_str(t, "unstarted", "true");
	if (phase->flags & PHASE_UNFINISHED)
		detail_str(t, "unfinished", "true");
	if (ev->duration_ns == NO_DURATION)
		return;
	if (phase->flags & PHASE_READS) {
		detail_u64(t, "read_calls", phase->reads);
		detail_u64(t, "read_bytes", phase->read_bytes);
	}
	if (phase->flags & PHASE_STORAGE)
		detail_u64(t, "storage_bytes", phase->storage_bytes);
	detail_u64(t, "major_faults", phase->major);
	detail_u64(t, "minor_faults", phase->minor);
}

/* ---- slices ---- */

/* llama.cpp:model_load */
static void phase_name(struct text *t, const struct event *ev)
{
	name_text(t, &ev->phase);
}

static void phase_note(struct text *t, const struct event *ev)
{
	const struct phase_event *phase = &ev->phase;
	const struct phase_info *info = phase->info;
	if (info && info->found >= 0 && phase_arg_known(info, (unsigned)info->found, phase->flags))
		text_str(t, phase->args[info->found] ? "hit " : "miss ");
	if (phase->flags & PHASE_UNFINISHED)
		text_str(t, "not ended ");
}

const struct layer_view layer_phase = {
	.text = phase_text,
	.json = phase_json,
	.csv_cells = phase_cells,
	.csv_detail = phase_detail,
	.name = phase_name,
	.note = phase_note,
};
