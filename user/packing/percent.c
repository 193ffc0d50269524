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
