/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats numbers for people, in few columns. */
#ifndef USER_BASE_UNITS_H
#define USER_BASE_UNITS_H

#include "text.h"

/* 0, 999, 1.5K, 23M: at most five columns. Bytes count by 1024, all else by 1000. */
void unit_bytes(struct text *t, uint64_t bytes);
void unit_bytes_up(struct text *t, uint64_t bytes); /* rounded up */
void unit_count(struct text *t, double count);
void unit_ns(struct text *t, uint64_t ns);               /* 850ns, 9us, 12ms, 3s; 0: - */
void unit_age(struct text *t, uint64_t ns);              /* 0s, 59s, 12m, 5h, 3d */
void unit_time_of_day(struct text *t, uint64_t time_ns); /* CLOCK_MONOTONIC: 22:19:18.909 */
void unit_percent(struct text *t, double ratio);         /* 98.5; negative: - */

#endif
