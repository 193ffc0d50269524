/* SPDX-License-Identifier: BSD-2-Clause */
/* "did you mean": the known name that is nearest to a mistyped one. */
#ifndef USER_BASE_SUGGEST_H
#define USER_BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *given;
	size_t given_len;
	const char *best; /* NULL: nothing is near enough */
	int distance;
};

/* Start with { .given, .given_len }, then show it every known name; the first of the nearest stays. Distance
 * is insertions, deletions, replacements and swaps of neighbours; at most a third of the length counts as
 * near. */
void suggest_try(struct suggestion *s, const char *known);

#endif
