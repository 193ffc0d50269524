/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in options and in files of /proc. Digits alone make a number: no sign, no space before it, and
 * nothing behind it where the whole text has to be one. What does not fit its type is no number. On failure
 * the result is untouched.
 */
#ifndef USER_BASE_NUMBERS_H
#define USER_BASE_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/* The decimal number that `text` begins with. Returns where its digits end; NULL: there is none. */
const char *number_start(const char *text, uint64_t *value);

/* The whole text is a decimal number. */
bool number_whole(const char *text, uint64_t *value);

/* A number of bytes, which k, m or g behind it (K, M, G) multiplies by 2^10, 2^20 or 2^30: 512K. */
bool number_bytes(const char *text, uint64_t *bytes);

/* The same as the first two with a decimal point and an exponent: 0.5, .5, 1e3. Finite, and never negative.
 * The point is that of the locale, so read options before setlocale(). */
const char *number_real_start(const char *text, double *value);
bool number_real(const char *text, double *value);

/* A time with its unit (ns, us, ms, s), spaces before the number and the unit allowed: 100ms, 1.5 s.
 * Rounded to whole nanoseconds, below 10^18. */
bool number_duration(const char *text, uint64_t *ns);

#endif
