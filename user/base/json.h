/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes JSON into a struct text: places commas, quotes and escapes, and formats numbers. The caller opens and
 * closes objects and arrays in pairs, and gives each value of an object its key. Nothing is allocated here and
 * nothing fails but the text itself (text->failed).
 *
 *	struct json j = { .text = &out->text };
 *	json_begin_object(&j);
 *	json_field_u64(&j, "pid", 7);
 *	json_field_str(&j, "comm", "loader");
 *	json_end_object(&j);            {"pid":7,"comm":"loader"}
 *
 * Keys are the program's own words and are not escaped.
 */
#ifndef USER_BASE_JSON_H
#define USER_BASE_JSON_H

#include "text.h"

struct json {
	struct text *text;
	bool more; /* a value stands before this place in the same object or array: a comma comes first */
	bool in_script; /* strings are escaped so that an HTML script element can hold them: no < > & */
};

/* ---- values ---- */

/* Begins a value, with its comma: the caller adds the value's text to what is returned. */
static inline struct text *json_value(struct json *j)
{
	if (j->more)
		text_char(j->text, ',');
	j->more = true;
	return j->text;
}

static inline void json_begin_object(struct json *j)
{
	text_char(json_value(j), '{');
	j->more = false;
}

static inline void json_end_object(struct json *j)
{
	text_char(j->text, '}');
	j->more = true;
}

static inline void json_begin_array(struct json *j)
{
	text_char(json_value(j), '[');
	j->more = false;
}

static inline void json_end_array(struct json *j)
{
	text_char(j->text, ']');
	j->more = true;
}

static inline void json_u64(struct json *j, uint64_t v)
{
	text_u64(json_value(j), v);
}

static inline void json_s64(struct json *j, int64_t v)
{
	text_s64(json_value(j), v);
}

/* With a fixed number of decimals. */
void json_double(struct json *j, double v, int decimals);

/* A number, true, false or null, as the caller spells it. */
static inline void json_literal(struct json *j, const char *s)
{
	text_str(json_value(j), s);
}

static inline void json_null(struct json *j)
{
	text_add(json_value(j), "null", 4);
}

static inline void json_bool(struct json *j, bool v)
{
	json_literal(j, v ? "true" : "false");
}

/* Any bytes; those that are not UTF-8 become U+FFFD. `bytes` NULL: null. */
void json_string(struct json *j, const char *bytes, size_t len);

/* A string that ends in a zero byte; NULL: null. */
void json_str(struct json *j, const char *s);

/* An array of strings, ended by NULL; `strings` NULL: null. */
void json_strings(struct json *j, const char *const *strings);

/* ---- a string made of several pieces ---- */

/* The caller may add characters that JSON does not escape to what is returned, and any with json_part(). */
static inline struct text *json_begin_string(struct json *j)
{
	text_char(json_value(j), '"');
	return j->text;
}

static inline void json_end_string(struct json *j)
{
	text_char(j->text, '"');
}

/* Ends it as a key instead: the value comes next. */
static inline void json_end_key(struct json *j)
{
	text_add(j->text, "\":", 2);
	j->more = false;
}

/* Appends bytes to the string, escaped. A UTF-8 sequence must not be split over two parts. */
void json_part(struct json *j, const char *bytes, size_t len);

/* ---- fields of an object ---- */

/* The value comes next. Inlined whatever the compiler thinks of its size: the length of a literal key is known
 * then, and the copy is a few stores. */
static inline __attribute__((always_inline)) void json_key(struct json *j, const char *key)
{
	struct text *t = j->text;
	size_t len = strlen(key);
	if (!text_room(t, len + 4))
		return;
	char *p = t->data + t->len;
	if (j->more)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, len);
	memcpy(p + len, "\":", 2);
	t->len = (size_t)(p + len + 2 - t->data);
	j->more = false;
}

static inline __attribute__((always_inline)) void json_field_u64(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	j->more = true;
	text_u64(j->text, v);
}

static inline void json_field_s64(struct json *j, const char *key, int64_t v)
{
	json_key(j, key);
	json_s64(j, v);
}

static inline void json_field_double(struct json *j, const char *key, double v, int decimals)
{
	json_key(j, key);
	json_double(j, v, decimals);
}

/* Nanoseconds as microseconds, with three decimals if they are not whole: 9, or 9.123; null if unknown. */
void json_field_us(struct json *j, const char *key, uint64_t ns, bool known);

static inline void json_field_bool(struct json *j, const char *key, bool v)
{
	json_key(j, key);
	json_bool(j, v);
}

static inline void json_field_null(struct json *j, const char *key)
{
	json_key(j, key);
	json_null(j);
}

static inline void json_field_string(struct json *j, const char *key, const char *bytes, size_t len)
{
	json_key(j, key);
	json_string(j, bytes, len);
}

static inline void json_field_str(struct json *j, const char *key, const char *s)
{
	json_key(j, key);
	json_str(j, s);
}

static inline void json_field_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_begin_object(j);
}

static inline void json_field_array(struct json *j, const char *key)
{
	json_key(j, key);
	json_begin_array(j);
}

/* A string of the program's own, which holds nothing to escape. */
static inline __attribute__((always_inline)) void json_field_word(
	struct json *j, const char *key, const char *word)
{
	json_key(j, key);
	text_str(json_begin_string(j), word);
	json_end_string(j);
}

/* ---- layout ---- */

/* The next field or element begins a line; its comma ends the line before. */
static inline void json_line(struct json *j)
{
	if (j->more)
		text_char(j->text, ',');
	text_char(j->text, '\n');
	j->more = false;
}

/* Ends an array whose elements stand on lines of their own. */
static inline void json_end_lines(struct json *j)
{
	text_char(j->text, '\n');
	json_end_array(j);
}

#endif
