/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices_text.h"

#include "user/base/table.h"
#include "user/base/units.h"
#include "user/event/words.h"

static const struct table_column columns[] = {
	{ "disk req", 8, false },
	{ "by disk", 7, false },
	{ "each", 7, false },
	{ "at once", 7, false },
	{ "p50", 7, false },
	{ "p99", 7, false },
	{ "busy", 7, false },
	{ "rate", 7, false },
	{ "best", 7, false },
	{ "written", 7, false },
	{ "disk", 8, true },
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

static void bytes_cell(struct table *t, uint64_t bytes)
{
	unit_bytes(&t->cells, bytes);
	table_cell(t);
}

static void rate_cell(struct table *t, bool known, uint64_t bytes)
{
	if (!known) {
		table_str(t, "-");
		return;
	}
	unit_bytes(&t->cells, bytes);
	text_str(&t->cells, "/s");
	table_cell(t);
}

static void time_cell(struct table *t, bool known, uint64_t ns)
{
	if (known)
		duration_digits(&t->cells, (double)ns);
	else
		text_char(&t->cells, '-');
	table_cell(t);
}

static void took_cell(struct table *t, const struct file_times *took, double percent)
{
	uint64_t ns;
	bool known = file_times_percentile(took, percent, &ns);
	time_cell(t, known, ns);
}

static void device_row(struct table *t, const struct device_stats *device)
{
	uint64_t rate, best;
	bool rate_known = disk_rate_mean(&device->rate, &rate),
	     best_known = disk_rate_best(&device->rate, &best);
	table_u64(t, device->read_requests);
	bytes_cell(t, device->read_bytes);
	bytes_cell(t, device->read_requests ? device->read_bytes / device->read_requests : 0);
	table_u64(t, device->in_flight.most);
	took_cell(t, &device->took, 50);
	took_cell(t, &device->took, 99);
	time_cell(t, true, disk_rate_busy(&device->rate));
	rate_cell(t, rate_known, rate);
	rate_cell(t, best_known, best);
	bytes_cell(t, device->write_bytes);
	if (device->dev)
		text_printf(&t->cells, "%u:%u", device->dev >> 20, device->dev & 0xfffff);
	else
		text_str(&t->cells, "(others)");
	table_cell(t);
}

static void untied_text(struct text *t, const struct device_table *table)
{
	uint64_t requests = 0, bytes = 0, failed = 0;
	for (unsigned i = 0; i < table->used; i++) {
		requests += table->devices[i]->untied_requests;
		bytes += table->devices[i]->untied_bytes;
		failed += table->devices[i]->failed;
	}
	if (requests)
		text_printf(t, "not tied to files: %llu requests, %llu bytes\n", (unsigned long long)requests,
			(unsigned long long)bytes);
	if (failed)
		text_printf(t, "failed: %llu requests to disks\n", (unsigned long long)failed);
}

void devices_text(struct out *out, const struct device_table *table)
{
	struct table t = { 0 };
	if (!table->used)
		return;
	text_char(&out->text, '\n');
	table_begin(&t, columns, COLUMNS);
	table_rule(&t);
	for (unsigned i = 0; i < table->used; i++)
		device_row(&t, table->devices[i]);
	table_end(&t, &out->text);
	untied_text(&out->text, table);
}
