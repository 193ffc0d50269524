/* SPDX-License-Identifier: BSD-2-Clause */
#include "units.h"

#include "clock.h"

static void scaled(struct text *t, double value, double step, const char *letters)
{
	while (value >= step && letters[1]) {
		value /= step;
		letters++;
	}
	/* 9.96 would print as 10.0, 999.6 as 1000 */
	if (*letters != ' ' && value < 9.95)
		text_printf(t, "%.1f", value);
	else
		text_printf(t, "%.0f", value);
	if (*letters != ' ')
		text_char(t, *letters);
}

void unit_bytes(struct text *t, uint64_t bytes)
{
	scaled(t, (double)bytes, 1024, " KMGTPE");
}

void unit_bytes_up(struct text *t, uint64_t bytes)
{
	uint64_t unit = 1;
	while (bytes / unit >= 1024)
		unit *= 1024;
	/* below ten units tenths are printed */
	uint64_t parts = unit > 1 && bytes / unit < 9 ? 10 : 1;
	uint64_t rest = bytes % unit, whole = bytes - rest;
	uint64_t tenths = (rest * parts + unit - 1) / unit;
	uint64_t more = (tenths * unit + parts - 1) / parts;
	unit_bytes(t, whole > UINT64_MAX - more ? bytes : whole + more);
}

void unit_count(struct text *t, double count)
{
	if (count > 0 && count < 9.95 && count != (double)(uint64_t)count)
		text_printf(t, "%.1f", count);
	else
		scaled(t, count, 1000, " kMGTPE");
}

void unit_ns(struct text *t, uint64_t ns)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = { { 1, "ns" }, { 1000, "us" }, { 1000000, "ms" }, { 1000000000, "s" } };
	unsigned i = 0;
	if (!ns) {
		text_char(t, '-');
		return;
	}
	while (i < 3 && ns >= units[i].unit * 1000)
		i++;
	text_u64(t, ns / units[i].unit);
	text_str(t, units[i].name);
}

void unit_age(struct text *t, uint64_t ns)
{
	uint64_t s = ns / 1000000000u;
	const struct {
		uint64_t below, unit;
		char name;
	} units[] = { { 100, 1, 's' }, { 6000, 60, 'm' }, { 360000, 3600, 'h' }, { UINT64_MAX, 86400, 'd' } };
	unsigned i = 0;
	while (s >= units[i].below && i < 3)
		i++;
	text_u64(t, s / units[i].unit);
	text_char(t, units[i].name);
}

void unit_time_of_day(struct text *t, uint64_t time_ns)
{
	clock_time_of_day(t, (int64_t)time_ns + clock_wall_offset_ns());
}

void unit_percent(struct text *t, double ratio)
{
	if (ratio < 0)
		text_char(t, '-');
	else
		text_printf(t, ratio >= 0.99995 ? "%.0f" : "%.1f", ratio * 100);
}
