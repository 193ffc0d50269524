/* SPDX-License-Identifier: BSD-2-Clause */
#include "numbers.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_NS_MAX 1e18

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *number_start(const char *text, uint64_t *value)
{
	uint64_t v = 0;
	const char *at = text;
	for (; is_digit(*at); at++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *at - '0', &v))
			return NULL;
	if (at == text)
		return NULL;
	*value = v;
	return at;
}

bool number_whole(const char *text, uint64_t *value)
{
	uint64_t v;
	const char *end = number_start(text, &v);
	if (!end || *end)
		return false;
	*value = v;
	return true;
}

/* Bits to shift by; -1: no such unit. */
static int unit_shift(const char *unit)
{
	static const char units[] = "kmg";
	if (!*unit)
		return 0;
	const char *known = strchr(units, tolower((unsigned char)*unit));
	return known && !unit[1] ? (int)(known - units + 1) * 10 : -1;
}

bool number_bytes(const char *text, uint64_t *bytes)
{
	uint64_t v;
	const char *end = number_start(text, &v);
	int shift = end ? unit_shift(end) : -1;
	if (shift < 0 || v > UINT64_MAX >> shift)
		return false;
	*bytes = v << shift;
	return true;
}

/* What strtod() takes and is none of ours: signs, spaces, inf, nan, hexadecimal. */
const char *number_real_start(const char *text, double *value)
{
	char *end;
	bool begins = is_digit(text[0]) || (text[0] == '.' && is_digit(text[1]));
	if (!begins || (text[0] == '0' && tolower((unsigned char)text[1]) == 'x'))
		return NULL;
	double v = strtod(text, &end);
	if (!isfinite(v))
		return NULL;
	*value = v;
	return end;
}

bool number_real(const char *text, double *value)
{
	double v;
	const char *end = number_real_start(text, &v);
	if (!end || *end)
		return false;
	*value = v;
	return true;
}

bool number_duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
	double value;
	text += strspn(text, " ");
	/* a number with an exponent would be hard to tell from its unit */
	if (!is_digit(*text) || strspn(text, "0123456789.") != strcspn(text, " nums"))
		return false;
	const char *unit = number_real_start(text, &value);
	if (!unit)
		return false;
	unit += strspn(unit, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].name) == 0 && value * units[i].ns < DURATION_NS_MAX) {
			*ns = (uint64_t)(value * units[i].ns + 0.5);
			return true;
		}
	return false;
}
