/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

void json_double(struct json *j, double v, int decimals)
{
	text_printf(json_value(j), "%.*f", decimals, v);
}

static bool is_markup(char c)
{
	return c == '<' || c == '>' || c == '&';
}

/* Markup is ASCII: the pieces between hold whole UTF-8 sequences. */
static void add_without_markup(struct text *t, const char *bytes, size_t len)
{
	for (size_t from = 0, to = 0; from < len; from = ++to) {
		while (to < len && !is_markup(bytes[to]))
			to++;
		text_json(t, bytes + from, to - from);
		if (to < len)
			text_str(t, bytes[to] == '<' ? "\\u003c" : bytes[to] == '>' ? "\\u003e" : "\\u0026");
	}
}

void json_part(struct json *j, const char *bytes, size_t len)
{
	if (j->in_script)
		add_without_markup(j->text, bytes, len);
	else
		text_json(j->text, bytes, len);
}

void json_string(struct json *j, const char *bytes, size_t len)
{
	if (!bytes) {
		json_null(j);
		return;
	}
	json_begin_string(j);
	json_part(j, bytes, len);
	json_end_string(j);
}

void json_str(struct json *j, const char *s)
{
	json_string(j, s, s ? strlen(s) : 0);
}

void json_strings(struct json *j, const char *const *strings)
{
	if (!strings) {
		json_null(j);
		return;
	}
	json_begin_array(j);
	for (; *strings; strings++)
		json_str(j, *strings);
	json_end_array(j);
}

void json_field_us(struct json *j, const char *key, uint64_t ns, bool known)
{
	json_key(j, key);
	if (!known) {
		json_null(j);
		return;
	}
	struct text *t = json_value(j);
	text_u64(t, ns / 1000);
	if (ns % 1000)
		text_printf(t, ".%03u", (unsigned)(ns % 1000));
}
