/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_measure.h"

#include <string.h>

#include "file_table.h"

#define SECOND 1e9

static uint64_t rate_of(uint64_t bytes, uint64_t ns)
{
	return ns ? (uint64_t)((double)bytes / (double)ns * SECOND) : 0;
}

uint64_t device_measure_rate(const struct device_measure *measure)
{
	return measure->dev ? rate_of(measure->bytes, measure->ns) : 0;
}

/* The file that was measured; NULL: it is not there. */
static const struct file_stats *measured_file(const struct file_table *table)
{
	const struct device_measure *measure = &table->measure;
	for (const struct file_stats *f = table->files; f && measure->path; f = f->hh.next)
		if (f->path && f->path_len == measure->path_len &&
			memcmp(f->path, measure->path, f->path_len) == 0)
			return f;
	return NULL;
}

static struct device_run_rate by_requests(const struct device_stats *device)
{
	struct device_run_rate run = { .requests = true };
	run.known = device->read_requests && disk_rate_mean(&device->rate, &run.rate);
	run.request_bytes = device->read_requests ? device->read_bytes / device->read_requests : 0;
	run.at_once = device->in_flight.most;
	return run;
}

struct device_run_rate device_run_rate(const struct file_table *table)
{
	const struct device_table *devices = &table->devices;
	const struct device_measure *measure = &table->measure;
	for (unsigned i = 0; measure->dev && i < devices->used; i++)
		if (devices->devices[i]->dev == measure->dev && devices->devices[i]->read_requests)
			return by_requests(devices->devices[i]);
	const struct file_stats *file = measure->dev ? measured_file(table) : NULL;
	struct device_run_rate run = { 0 };
	if (!file)
		return run;
	const struct file_sums *sums = &file->counts.sums;
	run.known = sums->disk_ns > 0;
	run.rate = rate_of(sums->fill_bytes + sums->direct_bytes, sums->disk_ns);
	return run;
}

double device_run_share(const struct file_table *table)
{
	const struct device_run_rate run = device_run_rate(table);
	uint64_t gives = device_measure_rate(&table->measure);
	return run.known && gives ? (double)run.rate / (double)gives : -1;
}
