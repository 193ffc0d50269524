/* SPDX-License-Identifier: BSD-2-Clause */
#include "clock.h"

uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_ms(void)
{
	return clock_monotonic_ns() / NS_PER_MS;
}

int64_t clock_wall_offset_ns(void)
{
	uint64_t wall_ns = clock_ns(CLOCK_REALTIME);
	return (int64_t)(wall_ns - clock_monotonic_ns());
}

void clock_time_of_day(struct text *t, int64_t wall_ns)
{
	time_t second = (time_t)(wall_ns / NS_PER_SECOND);
	int ms = (int)(wall_ns % NS_PER_SECOND / NS_PER_MS);
	struct tm tm;
	if (localtime_r(&second, &tm))
		text_printf(t, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
}
