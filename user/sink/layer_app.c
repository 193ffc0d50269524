/* SPDX-License-Identifier: BSD-2-Clause */
/* The app layer: the probes of libpagedbundle, as the table of kinds describes them. */
#include "user/base/errnames.h"
#include "user/event/words.h"
#include "layers.h"
#include "pieces.h"

/* ---- text ---- */

/* ENOENT (No such file or directory) */
static void add_error(struct text *t, uint64_t number)
{
	const char *name = number < 4096 ? errno_name((int)number) : NULL;
	if (!name) {
		add_number(t, "errno ", number, "");
		return;
	}
	const char *meaning = errno_meaning((int)number);
	text_str(t, name);
	if (meaning) {
		text_add(t, " (", 2);
		text_str(t, meaning);
		text_char(t, ')');
	}
}

static void add_argument(struct text *t, enum field_type type, uint64_t value)
{
	switch (type) {
	case FIELD_NS:
		duration_text(t, value);
		break;
	case FIELD_ERRNO:
		add_error(t, value);
		break;
	case FIELD_CAUSE: /* that of a load on demand goes without saying */
		if (value) {
			text_add(t, " (", 2);
			text_str(t, field_word(type, value));
			text_char(t, ')');
		}
		break;
	case FIELD_SOURCE:
	case FIELD_REASON:
	case FIELD_POLICY:
		text_str(t, field_word(type, value));
		break;
	default:
		text_u64(t, value);
	}
}

/* The kind's line of probes.def: %n is the name, %0 to %4 the arguments. */
static void add_line(struct text *t, const struct event *ev)
{
	const struct kind *kind = kind_of(ev->kind);
	text_str(t, kind->word);
	for (const char *at = kind->text; *at;) {
		size_t plain = strcspn(at, "%");
		text_add(t, at, plain);
		at += plain;
		if (!*at)
			break;
		if (at[1] == 'n')
			add_name(t, ev->app.name);
		else
			add_argument(t, kind->fields[at[1] - '0'].type, ev->app.args[at[1] - '0']);
		at += 2;
	}
}

/* Which bundle, once there is more than one. */
static void add_bundle(struct text *t, const struct event *ev)
{
	if (ev->kind == EVENT_APP_OPEN || ev->app.bundle == 0)
		return;
	text_add(t, " in ", 4);
	if (ev->app.bundle_path.data)
		add_name(t, ev->app.bundle_path);
	else
		add_number(t, "bundle ", ev->app.bundle, "");
}

static void app_text(struct text *t, const struct event *ev, const struct line_style *style)
{
	static const char *const colours[EVENT_KINDS] = {
		[EVENT_APP_HIT] = "\033[32m",
		[EVENT_APP_MISS] = "\033[33m",
		[EVENT_APP_EVICT] = "\033[31m",
		[EVENT_APP_PREFETCH] = "\033[36m",
		[EVENT_APP_ERROR] = "\033[31m",
	};
	const char *colour = style->colour ? colours[ev->kind] : NULL;
	if (colour)
		text_str(t, colour);
	add_line(t, ev);
	if (style->several_bundles)
		add_bundle(t, ev);
	if (colour)
		text_str(t, "\033[0m");
}

/* ---- JSON ---- */

static void json_fields(struct text *t, const struct event *ev)
{
	const struct kind *kind = kind_of(ev->kind);
	for (unsigned i = 0; i < kind->field_count; i++) {
		const struct kind_field *field = &kind->fields[i];
		uint64_t value = ev->app.args[i];
		if (!*field->key)
			continue;
		text_add(t, field->json, field->json_len);
		if (field->type >= FIELD_CAUSE)
			json_piece_word(t, field_word(field->type, value));
		else
			text_u64(t, value);
		if (field->type == FIELD_ERRNO)
			json_piece_error(t, value);
	}
}

static void app_json(struct text *t, const struct event *ev, struct json_args *args)
{
	const struct app_event *app = &ev->app;
	enum kind_subject subject = kind_of(ev->kind)->subject;
	struct span path = subject == SUBJECT_PATH ? app->name : app->bundle_path;
	(void)args;
	NUMBER(t, ",\"bundle\":", app->bundle);
	LITERAL(t, ",\"bundle_path\":");
	json_piece_span(t, path);
	if (path.cut)
		LITERAL(t, ",\"bundle_path_cut\":true");
	if (subject == SUBJECT_MODEL) {
		LITERAL(t, ",\"model\":");
		json_piece_span(t, app->name);
		if (app->name.cut)
			LITERAL(t, ",\"model_cut\":true");
	}
	json_fields(t, ev);
}

/* ---- CSV ---- */

/* The argument of a type that has a column, or an empty cell. */
static void csv_field(struct csv *csv, const struct event *ev, enum field_type type)
{
	int at = kind_field_of_type(kind_of(ev->kind), type);
	if (at < 0)
		csv_none(csv);
	else if (type == FIELD_ERRNO)
		csv_error(csv, ev->app.args[at]);
	else
		csv_u64(csv, ev->app.args[at]);
}

static void app_cells(struct csv *csv, const struct event *ev)
{
	const struct app_event *app = &ev->app;
	enum kind_subject subject = kind_of(ev->kind)->subject;
	bool named = subject == SUBJECT_MODEL || subject == SUBJECT_LABEL;
	csv_span(csv, named ? app->name : (struct span){ 0 });
	csv_nones(csv, 2); /* args, result */
	csv_field(csv, ev, FIELD_ERRNO);
	csv_field(csv, ev, FIELD_NS);
	csv_none(csv); /* file */
	csv_field(csv, ev, FIELD_OFFSET);
	csv_field(csv, ev, FIELD_SIZE);
	csv_span(csv, subject == SUBJECT_PATH ? app->name : app->bundle_path);
}

static void app_detail(struct text *t, const struct event *ev)
{
	const struct kind *kind = kind_of(ev->kind);
	detail_u64(t, "id", ev->app.bundle);
	for (unsigned i = 0; i < kind->field_count; i++) {
		const struct kind_field *field = &kind->fields[i];
		if (field->csv != FIELD_CSV_DETAIL)
			continue;
		if (field->type >= FIELD_CAUSE)
			detail_str(t, field->key, field_word(field->type, ev->app.args[i]));
		else
			detail_u64(t, field->key, ev->app.args[i]);
	}
}

const struct layer_view layer_app = {
	.text = app_text,
	.json = app_json,
	.csv_cells = app_cells,
	.csv_detail = app_detail,
};
