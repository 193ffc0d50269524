/* SPDX-License-Identifier: BSD-2-Clause */
/* "did you mean": finds the known name that is nearest to a mistyped one. */
#ifndef USER_BASE_SUGGEST_H
#define USER_BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *given;
	size_t given_len;
	const char *best; /* NULL: none is near enough */
	int distance;
};

/* Start with { .given, .given_len }, then call it with every known name: `best` is the nearest, and of
 * equals the first. The distance counts insertions, deletions, replacements and swaps of neighbours. It may
 * be a third of the length. */
void suggest_try(struct suggestion *s, const char *known);

#endif
