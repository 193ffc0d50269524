/* SPDX-License-Identifier: BSD-2-Clause */
#include "percent.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(char *s)
{
	char *to = s;
	while (*s) {
		if (*s != '%') {
			*to++ = *s++;
			continue;
		}
		int high = hex_digit(s[1]), low = high < 0 ? -1 : hex_digit(s[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*to++ = (char)(high << 4 | low);
		s += 3;
	}
	*to = '\0';
	return true;
}

void percent_file_name(struct text *t, const char *name, size_t len)
{
	if (len == 0)
		text_char(t, '%');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];
		if (c < 0x20 || c == 0x7f || c == '/' || c == '%' || (c == '.' && i == 0))
			text_printf(t, "%%%02X", c);
		else
			text_char(t, name[i]);
	}
}

static bool is_part(const char *part, size_t len)
{
	return len > 2 || (len > 0 && part[0] != '.') || (len == 2 && part[1] != '.');
}

bool percent_path(struct text *t, const char *name, size_t len)
{
	for (size_t begin = 0, i = 0; i <= len; i++)
		if (i == len || name[i] == '/') {
			if (!is_part(name + begin, i - begin))
				return false;
			begin = i + 1;
		}
	for (size_t begin = 0, i = 0; i <= len; i++)
		if (i == len || name[i] == '/') {
			if (begin > 0)
				text_char(t, '/');
			percent_file_name(t, name + begin, i - begin);
			begin = i + 1;
		}
	return true;
}
