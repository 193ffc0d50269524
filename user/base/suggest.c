/* SPDX-License-Identifier: BSD-2-Clause */
#include "suggest.h"

#include <limits.h>
#include <string.h>

#define LONGEST 40 /* there is no suggestion for longer names */

static int smallest(int a, int b, int c)
{
	int ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Computed row by row over the letters of a; a swap of neighbours needs the row before the last. */
static int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int rows[3][LONGEST + 1];
	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (int)j;
	for (size_t i = 1; i <= a_len; i++) {
		int *row = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
		row[0] = (int)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = smallest(
				before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				two_before[j - 2] + 1 < row[j])
				row[j] = two_before[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

void suggest_try(struct suggestion *s, const char *known)
{
	size_t known_len = strlen(known);
	if (s->given_len > LONGEST || known_len > LONGEST)
		return;
	int d = distance(s->given, s->given_len, known, known_len);
	int near = s->given_len < 3 ? 1 : (int)s->given_len / 3;
	if (d <= near && d < (s->best ? s->distance : INT_MAX)) {
		s->best = known;
		s->distance = d;
	}
}
