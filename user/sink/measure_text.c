/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure_text.h"

#include <string.h>

#include "user/base/units.h"

static void rate_text(struct text *t, uint64_t rate)
{
	unit_bytes(t, rate);
	text_str(t, "/s");
}

static void run_text(struct text *t, const struct file_table *table)
{
	const struct device_run_rate run = device_run_rate(table);
	if (!run.known) {
		text_str(t, "; what this run got is not known");
		return;
	}
	text_str(t, "; this run got ");
	rate_text(t, run.rate);
	if (run.requests) {
		text_str(t, " with requests of ");
		unit_bytes(t, run.request_bytes);
		text_printf(t, ", %llu at once", (unsigned long long)run.at_once);
	} else {
		text_str(t,
			" of its waits for the disk (at most: what is read ahead comes meanwhile; -e layer=block tells)");
	}
	double share = device_run_share(table);
	if (share >= 0)
		text_printf(t, ": %.0f%%", share * 100);
}

void measure_text(struct text *t, const struct file_table *table)
{
	const struct device_measure *measure = &table->measure;
	if (!table->measured)
		return;
	if (measure->why) {
		text_str(t, "the device was not measured");
		if (measure->path) {
			text_str(t, " on ");
			text_escaped(t, measure->path, measure->path_len);
		}
		text_printf(t, ": %s", measure->why);
		if (measure->err)
			text_printf(t, " (%s)", strerror(measure->err));
		text_char(t, '\n');
		return;
	}
	text_str(t, "the device gives ");
	rate_text(t, device_measure_rate(measure));
	text_str(t, " with requests of ");
	unit_bytes(t, measure->request_bytes);
	text_printf(t, ", %u at once (measured on ", measure->at_once);
	text_escaped(t, measure->path, measure->path_len);
	text_char(t, ')');
	run_text(t, table);
	text_char(t, '\n');
}
