/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Check, which tells its parent of each assertion that holds, by a system call, to be able to say after which
 * one a test crashed. Here each place tells it once, so that an assertion in a loop costs next to nothing.
 */
#ifndef TESTS_CHECKS_H
#define TESTS_CHECKS_H

#include <stdbool.h>

#include <check.h>

#define _mark_point(file, line)                                                                              \
	({                                                                                                   \
		static bool told;                                                                            \
		if (!told) {                                                                                 \
			told = true;                                                                         \
			(_mark_point)(file, line);                                                           \
		}                                                                                            \
	})

#endif
