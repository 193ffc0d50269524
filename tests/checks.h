/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Check with cheap assertions. After each one that holds, Check writes to a pipe, so that it can name the last one before
 * a crash. Here each place does so the first time only: an assertion in a loop costs next to nothing.
 */
#ifndef TESTS_CHECKS_H
#define TESTS_CHECKS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <check.h>

#define _mark_point(file, line)                                                                              \
	({                                                                                                   \
		static bool marked;                                                                          \
		if (!marked) {                                                                               \
			marked = true;                                                                       \
			(_mark_point)(file, line);                                                           \
		}                                                                                            \
	})

/* After a call that failed: whether it was refused (errno) because this is not root. Then says what is left out. */
static inline bool left_out_without_root(const char *what)
{
	if (geteuid() == 0 || (errno != EPERM && errno != EACCES))
		return false;
	fprintf(stderr, "left out, as it needs root: %s\n", what);
	return true;
}

#endif
