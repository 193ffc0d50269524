/* SPDX-License-Identifier: BSD-2-Clause */
/* The syscall layer: a call as strace prints it, with the named part of its file that it touched. */
#include "user/calls/args_text.h"
#include "user/calls/result.h"
#include "user/calls/result_text.h"
#include "user/calls/syscalls.h"
#include "layers.h"
#include "pieces.h"

static void syscall_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	call_name_text(t, &ev->call);
	text_char(t, '(');
	args_text(t, &ev->call);
	if (ev->call.unfinished) {
		text_str(t, " <unfinished ...>");
		return;
	}
	text_add(t, ") = ", 4);
	result_text(t, &ev->call);
	if (ev->call.place)
		add_place(t, ev->call.place);
	if (style->durations)
		add_duration(t, ev->duration_ns);
}

static void json_result(struct text *t, const struct call_event *call)
{
	LITERAL(t, ",\"result\":");
	if (call->returned)
		text_s64(t, call->result);
	else
		LITERAL(t, "null");
	if (call->unfinished)
		LITERAL(t, ",\"unfinished\":true");
}

static void syscall_json(struct text *t, const struct event *ev, struct json_args *args)
{
	const struct call_event *call = &ev->call;
	LITERAL(t, ",\"name\":\"");
	call_name_text(t, call);
	LITERAL(t, "\",\"args\":");
	args->start = t->len;
	args_json(t, call);
	args->end = t->len;
	json_result(t, call);
	if (result_failed(call))
		json_piece_error(t, (uint64_t)-call->result);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_ns\":", ev->duration_ns);
	if (call->file.id.ino) {
		LITERAL(t, ",\"file\":");
		json_piece_file(t, &call->file, true);
	}
	if (call->other.id.ino) {
		LITERAL(t, ",\"other_file\":");
		json_piece_file(t, &call->other, true);
	}
	if (call->replaced.id.ino) {
		LITERAL(t, ",\"replaced_file\":");
		json_piece_file(t, &call->replaced, true);
	}
	if (call->folder.path.data) {
		LITERAL(t, ",\"folder\":");
		json_piece_span(t, call->folder.path);
	}
	if (call->place)
		json_piece_region(t, call->place);
}

/* ---- JSON in renacer's shape ---- */

/* The length of the array element at s, without the comma or bracket after it. */
static size_t element_length(const char *s, size_t len)
{
	unsigned depth = 0;
	bool quoted = false;
	size_t i = 0;
	for (; i < len; i++) {
		if (quoted) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				quoted = false;
		} else if (s[i] == '"') {
			quoted = true;
		} else if (s[i] == '[') {
			depth++;
		} else if (depth == 0 && (s[i] == ',' || s[i] == ']')) {
			break;
		} else if (s[i] == ']') {
			depth--;
		}
	}
	return i < len ? i : len;
}

static void elements_as_strings(struct text *t, const char *s, size_t len)
{
	text_char(t, '[');
	for (size_t i = 1; i < len && s[i] != ']';) {
		size_t n = element_length(s + i, len - i);
		if (s[i] == '"') {
			text_add(t, s + i, n);
		} else {
			text_char(t, '"');
			text_json(t, s + i, n);
			text_char(t, '"');
		}
		i += n;
		if (i < len && s[i] == ',') {
			text_char(t, ',');
			i += i + 1 < len && s[i + 1] == ' ' ? 2 : 1;
		}
	}
	text_char(t, ']');
}

void json_call(struct text *t, const struct event *ev, const char *args, size_t args_len)
{
	LITERAL(t, "{\"name\":\"");
	call_name_text(t, &ev->call);
	LITERAL(t, "\",\"args\":");
	elements_as_strings(t, args, args_len);
	json_result(t, &ev->call);
	if (ev->duration_ns != NO_DURATION)
		NUMBER(t, ",\"duration_us\":", ev->duration_ns / 1000);
	text_char(t, '}');
}

/* ---- CSV ---- */

static void syscall_cells(struct csv *csv, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	const struct file_ref *file = call->file.id.ino ? &call->file : &call->other;
	call_name_text(&csv->cell, call);
	csv_cell(csv);
	args_text(&csv->cell, call);
	csv_cell(csv);
	if (call->returned)
		csv_s64(csv, call->result);
	else
		csv_none(csv);
	if (result_failed(call))
		csv_error(csv, (uint64_t)-call->result);
	else
		csv_none(csv);
	csv_duration(csv, ev->duration_ns);
	csv_span(csv, file->path);
	if (file->id.ino)
		csv_s64(csv, file->pos);
	else
		csv_none(csv);
	csv_none(csv); /* size */
	csv_none(csv); /* bundle */
}

static void syscall_detail(struct text *t, const struct event *ev)
{
	if (ev->call.unfinished)
		detail_str(t, "unfinished", "true");
	if (ev->call.file.id.ino && ev->call.other.path.data) {
		detail_key(t, "other_file");
		text_escaped(t, ev->call.other.path.data, ev->call.other.path.len);
	}
	if (ev->call.replaced.path.data) {
		detail_key(t, "replaced_file");
		text_escaped(t, ev->call.replaced.path.data, ev->call.replaced.path.len);
	}
	if (ev->call.folder.path.data) {
		detail_key(t, "folder");
		text_escaped(t, ev->call.folder.path.data, ev->call.folder.path.len);
	}
}

const struct layer_view layer_syscall = {
	.text = syscall_text,
	.json = syscall_json,
	.csv_cells = syscall_cells,
	.csv_detail = syscall_detail,
};
