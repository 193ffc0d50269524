/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

void text_clear(struct text *t)
{
	t->len = 0;
}

bool text_grow(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 512;
	while (cap - t->len < more) {
		if (cap > SIZE_MAX / 2) {
			t->failed = true;
			return false;
		}
		cap *= 2;
	}
	char *data = realloc(t->data, cap);
	if (!data) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->cap = cap;
	return true;
}

/* Enough for 2^64-1 in octal. */
#define DIGITS_MAX 24

static void digits_of(struct text *t, uint64_t v, unsigned base)
{
	char buf[DIGITS_MAX], *p = buf + sizeof(buf);
	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	text_add(t, p, (size_t)(buf + sizeof(buf) - p));
}

/* The number of decimal digits: the length in bits times log10(2), which may be one too few. */
static unsigned decimal_digits(uint64_t v)
{
	static const uint64_t powers[] = { 0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
		1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
		1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
		10000000000000000000u };
	unsigned less = (64 - (unsigned)__builtin_clzll(v | 1)) * 1233 >> 12;
	return less + (v >= powers[less]);
}

static inline void two_digits(char *p, unsigned v)
{
	static const char pairs[] =
		"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
		"4445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	memcpy(p, &pairs[v * 2], 2);
}

/* Writes the digits in place, from the last one, four at a time: numbers are most of the cost of a line. */
void text_digits(struct text *t, uint64_t v)
{
	if (__builtin_expect(t->cap - t->len < DIGITS_MAX, 0)) {
		if (text_grow(t, DIGITS_MAX))
			text_digits(t, v);
		return;
	}
	unsigned rest;
	char *p = t->data + (t->len += decimal_digits(v));
	for (; v >= 10000; v /= 10000) { /* the divisor is constant: no division instruction */
		rest = (unsigned)(v % 10000);
		p -= 4;
		two_digits(p, rest / 100);
		two_digits(p + 2, rest % 100);
	}
	for (rest = (unsigned)v; rest >= 100; rest /= 100)
		two_digits(p -= 2, rest % 100);
	if (rest >= 10)
		two_digits(p - 2, rest);
	else
		p[-1] = (char)('0' + rest);
}

void text_s64(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_u64(t, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void text_hex(struct text *t, uint64_t v)
{
	text_add(t, "0x", 2);
	digits_of(t, v, 16);
}

void text_octal(struct text *t, uint64_t v)
{
	if (v)
		text_char(t, '0');
	digits_of(t, v, 8);
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int need = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (need < 0 || !text_room(t, (size_t)need + 1))
		return;
	va_start(args, format);
	vsnprintf(t->data + t->len, (size_t)need + 1, format, args);
	va_end(args);
	t->len += (size_t)need;
}

void text_seconds(struct text *t, uint64_t ns, int digits)
{
	char buf[9];
	uint64_t fraction = ns % 1000000000u;
	for (int i = 8; i >= 0; i--) {
		buf[i] = (char)('0' + fraction % 10);
		fraction /= 10;
	}
	text_u64(t, ns / 1000000000u);
	if (digits > 0) {
		text_char(t, '.');
		text_add(t, buf, (size_t)digits);
	}
}

void text_us(struct text *t, uint64_t ns)
{
	unsigned fraction = (unsigned)(ns % 1000);
	text_u64(t, ns / 1000);
	text_char(t, '.');
	text_char(t, (char)('0' + fraction / 100));
	text_char(t, (char)('0' + fraction / 10 % 10));
	text_char(t, (char)('0' + fraction % 10));
}

/* Length of the valid UTF-8 sequence at s (1 to 4), 0 if there is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	if (s[0] < 0x80)
		return 1;
	size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || left < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates and numbers above U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
		(s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* Printable ASCII without quotes and backslashes. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH_BYTE(b) ((uint64_t)(b)*0x0101010101010101u)

/* Sets the top bit of every zero byte of v, and maybe of bytes above one. */
static uint64_t zero_bytes(uint64_t v)
{
	return (v - EACH_BYTE(1)) & ~v & EACH_BYTE(0x80);
}

/* True if all eight bytes are plain. Paths are escaped for every event, and nearly all bytes of paths are
 * plain. */
static bool all_plain(uint64_t v)
{
	uint64_t below = (v - EACH_BYTE(0x20)) & ~v, above = (v + EACH_BYTE(1)) | v;
	return !((below | above) & EACH_BYTE(0x80)) && !zero_bytes(v ^ EACH_BYTE('"')) &&
	       !zero_bytes(v ^ EACH_BYTE('\\'));
}

/* The end of the run of plain bytes that starts at i. */
static size_t plain_end(const unsigned char *s, size_t i, size_t len)
{
	uint64_t eight;
	for (; len - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s + i, sizeof(eight));
		if (!all_plain(eight))
			break;
	}
	while (i < len && is_plain(s[i]))
		i++;
	return i;
}

/* A byte as a backslash and a letter or up to three octal digits. */
static void add_escape(struct text *t, unsigned char byte, bool digit_follows)
{
	static const char named[] = "\tt\nn\vv\ff\rr\"\"\\\\";
	text_char(t, '\\');
	for (const char *n = named; *n; n += 2)
		if ((unsigned char)*n == byte) {
			text_char(t, n[1]);
			return;
		}
	/* three digits if a digit follows, which would be taken for part of the number */
	if (digit_follows || byte >= 0100)
		text_char(t, (char)('0' + (byte >> 6)));
	if (digit_follows || byte >= 010)
		text_char(t, (char)('0' + (byte >> 3 & 7)));
	text_char(t, (char)('0' + (byte & 7)));
}

/* The number of the character in a valid sequence of two or three bytes; 0 for others. */
static unsigned character(const unsigned char *s, size_t len)
{
	if (len == 2)
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	return len == 3 ? (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu) : 0;
}

/* Characters that a terminal takes for a command, that turn text around, end a line or cannot be seen. A name with them
 * would be shown as another one. */
static bool is_hidden(unsigned c)
{
	static const struct {
		unsigned from, to;
	} hidden[] = {
		{ 0x80, 0x9f },     /* controls */
		{ 0xad, 0xad },     /* soft hyphen */
		{ 0x61c, 0x61c },   /* Arabic letter mark */
		{ 0x180e, 0x180e }, /* Mongolian vowel separator */
		{ 0x200b, 0x200f }, /* zero width, left-to-right and right-to-left marks */
		{ 0x2028, 0x202e }, /* ends of lines and paragraphs, embedding, override */
		{ 0x2060, 0x206f }, /* joiners, isolates */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfff9, 0xfffb }, /* annotations */
	};
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return true;
	return false;
}

/* The length of a sequence of several bytes that is valid UTF-8 and can be shown; 0: there is none. */
static size_t printable_length(const unsigned char *s, size_t left)
{
	size_t len = utf8_length(s, left);
	return len > 1 && !is_hidden(character(s, len)) ? len : 0;
}

void text_escaped(struct text *t, const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	for (size_t i = 0; i < len;) {
		size_t run = plain_end(s, i, len) - i;
		if (run == 0)
			run = printable_length(s + i, len - i);
		if (run > 0) {
			text_add(t, bytes + i, run);
			i += run;
			continue;
		}
		add_escape(t, s[i], i + 1 < len && s[i + 1] >= '0' && s[i + 1] <= '7');
		i++;
	}
}

/* \u and four digits. */
static void add_json_escape(struct text *t, unsigned c)
{
	text_add(t, "\\u", 2);
	for (int shift = 12; shift >= 0; shift -= 4)
		text_char(t, "0123456789abcdef"[c >> shift & 15]);
}

void text_json(struct text *t, const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	for (size_t i = 0; i < len;) {
		size_t plain = plain_end(s, i, len);
		if (plain > i) {
			text_add(t, bytes + i, plain - i);
			i = plain;
			continue;
		}
		size_t utf8 = utf8_length(s + i, len - i);
		if (s[i] == '"' || s[i] == '\\') {
			text_char(t, '\\');
			text_char(t, (char)s[i]);
		} else if (s[i] == '\n') {
			text_add(t, "\\n", 2);
		} else if (s[i] == '\t') {
			text_add(t, "\\t", 2);
		} else if (s[i] < 0x20 || s[i] == 0x7f) {
			add_json_escape(t, s[i]);
		} else if (is_hidden(character(s + i, utf8))) {
			add_json_escape(t, character(s + i, utf8));
		} else if (utf8 == 0) {
			text_str(t, "\xef\xbf\xbd");
		} else {
			text_add(t, bytes + i, utf8);
		}
		i += utf8 ? utf8 : 1;
	}
}
