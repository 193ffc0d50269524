/* SPDX-License-Identifier: BSD-2-Clause */
#include "pieces.h"

#include <string.h>
#include <sys/wait.h>

#include "user/event/event_range.h"
#include "user/base/errnames.h"
#include "user/event/words.h"

/* ---- JSON ---- */

void json_piece_span(struct text *t, struct span s)
{
	if (!s.data) {
		LITERAL(t, "null");
		return;
	}
	text_char(t, '"');
	text_json(t, s.data, s.len);
	text_char(t, '"');
}

static const char *error_word(uint64_t number)
{
	const char *name = number < 4096 ? errno_name((int)number) : NULL;
	return name ? name : "unknown";
}

void json_piece_error(struct text *t, uint64_t number)
{
	LITERAL(t, ",\"error\":");
	json_piece_word(t, error_word(number));
}

void json_piece_file(struct text *t, const struct file_ref *f, bool position)
{
	LITERAL(t, "{\"path\":");
	json_piece_span(t, f->path);
	if (f->path.cut)
		LITERAL(t, ",\"path_cut\":true");
	if (f->deleted)
		LITERAL(t, ",\"deleted\":true");
	NUMBER(t, ",\"dev\":\"", f->id.dev >> 20);
	NUMBER(t, ":", f->id.dev & 0xfffff);
	NUMBER(t, "\",\"ino\":", f->id.ino);
	if (position) {
		LITERAL(t, ",\"offset\":");
		text_s64(t, f->pos);
	}
	text_char(t, '}');
}

void json_piece_region(struct text *t, const struct place *place)
{
	LITERAL(t, ",\"region\":{\"first\":");
	json_piece_span(t, place->first);
	if (place->first.cut)
		LITERAL(t, ",\"first_cut\":true");
	NUMBER(t, ",\"first_offset\":", place->offset);
	if (place->last.data) {
		LITERAL(t, ",\"last\":");
		json_piece_span(t, place->last);
	}
	text_char(t, '}');
}

void json_argv(struct json *j, struct span strings)
{
	json_begin_array(j);
	for (size_t at = 0; strings.data && at < strings.len;) {
		size_t n = strnlen(strings.data + at, strings.len - at);
		json_string(j, strings.data + at, n);
		at += n + 1;
	}
	json_end_array(j);
}

/* ---- CSV ---- */

void detail_key(struct text *t, const char *key)
{
	if (t->len)
		text_char(t, ' ');
	text_str(t, key);
	text_char(t, '=');
}

void detail_u64(struct text *t, const char *key, uint64_t v)
{
	detail_key(t, key);
	text_u64(t, v);
}

void detail_str(struct text *t, const char *key, const char *s)
{
	detail_key(t, key);
	text_str(t, s);
}

void csv_error(struct csv *csv, uint64_t number)
{
	csv_str(csv, error_word(number));
}

void csv_duration(struct csv *csv, uint64_t ns)
{
	if (ns == NO_DURATION)
		csv_none(csv);
	else
		csv_u64(csv, ns);
}

void csv_nones(struct csv *csv, int count)
{
	for (int i = 0; i < count; i++)
		csv_none(csv);
}

void csv_range(struct csv *csv, const struct event *ev)
{
	struct event_range range = { 0 };
	csv_nones(csv, 2); /* result, error */
	csv_duration(csv, ev->duration_ns);
	if (!event_range(ev, &range)) {
		csv_nones(csv, 4);
		return;
	}
	csv_span(csv, range.file->path);
	csv_u64(csv, range.start);
	csv_u64(csv, range.bytes);
	csv_none(csv); /* bundle */
}

/* ---- text ---- */

void add_number(struct text *t, const char *before, uint64_t v, const char *after)
{
	text_str(t, before);
	text_u64(t, v);
	text_str(t, after);
}

void add_name(struct text *t, struct span name)
{
	if (!name.data)
		text_char(t, '?');
	else if (name.len == 0)
		text_add(t, "\"\"", 2);
	else
		text_escaped(t, name.data, name.len);
	if (name.cut)
		text_add(t, "...", 3);
}

void add_place(struct text *t, const struct place *place)
{
	text_add(t, " [", 2);
	text_escaped(t, place->first.data, place->first.len);
	if (place->first.cut)
		text_add(t, "...", 3);
	if (place->last.data) {
		text_add(t, "..", 2);
		text_escaped(t, place->last.data, place->last.len);
	} else if (!place->header) {
		text_char(t, '+');
		text_u64(t, place->offset);
	}
	text_char(t, ']');
}

void add_duration(struct text *t, uint64_t ns)
{
	if (ns == NO_DURATION)
		return;
	text_add(t, " <", 2);
	text_seconds(t, ns, 6);
	text_char(t, '>');
}

void add_exit(struct text *t, int status)
{
	if (!WIFSIGNALED(status)) {
		add_number(t, "+++ exited with ", (uint64_t)WEXITSTATUS(status), " +++");
		return;
	}
	text_str(t, "+++ killed by ");
	text_str(t, signal_word(WTERMSIG(status)));
	text_str(t, WCOREDUMP(status) ? " (core dumped) +++" : " +++");
}
