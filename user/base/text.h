/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing buffer of bytes that every sink formats into, without printf() on the hot path. If memory is
 * out, `failed` is set and what does not fit is dropped; the owner of the buffer checks `failed` once, when
 * it writes. A struct that is all zero is an empty text.
 */
#ifndef USER_BASE_TEXT_H
#define USER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *data;
	size_t len, cap;
	bool failed;
};

void text_free(struct text *t);
void text_clear(struct text *t); /* keeps the memory */

/* Makes room for `more` bytes. False: out of memory, and `failed` is set. Use text_room(). */
bool text_grow(struct text *t, size_t more);

/* The short functions are inline: most calls copy a few bytes whose number the compiler knows. */
static inline bool text_room(struct text *t, size_t more)
{
	return t->cap - t->len >= more || text_grow(t, more);
}

static inline void text_add(struct text *t, const char *bytes, size_t len)
{
	if (len == 0 || !text_room(t, len))
		return;
	memcpy(t->data + t->len, bytes, len);
	t->len += len;
}

static inline void text_str(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static inline void text_char(struct text *t, char c)
{
	if (text_room(t, 1))
		t->data[t->len++] = c;
}

void text_digits(struct text *t, uint64_t v); /* text_u64() for any number; use that */

static inline void text_u64(struct text *t, uint64_t v)
{
	if (v < 10)
		text_char(t, (char)('0' + v));
	else
		text_digits(t, v);
}

void text_s64(struct text *t, int64_t v);
void text_hex(struct text *t, uint64_t v);   /* 0x1f */
void text_octal(struct text *t, uint64_t v); /* 0644; 0 is "0" */
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3))); /* not for the hot path */

/* Nanoseconds as seconds with `digits` (0 to 9) decimals, truncated: 0.000008. */
void text_seconds(struct text *t, uint64_t ns, int digits);

/* Nanoseconds as microseconds with three decimals: 8.999. */
void text_us(struct text *t, uint64_t ns);

/* As the inside of a C string literal, as strace prints it: \n \t \" \\, and \ooo for bytes that are
 * neither printable ASCII nor valid UTF-8. No control character gets through to a terminal. */
void text_escaped(struct text *t, const char *bytes, size_t len);

/* As the inside of a JSON string. A byte that is not valid UTF-8 becomes U+FFFD. */
void text_json(struct text *t, const char *bytes, size_t len);

#endif
