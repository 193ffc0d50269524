/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices_json.h"

#include <stdio.h>

static void known_field(struct json *j, const char *key, bool known, uint64_t value)
{
	if (known)
		json_field_u64(j, key, value);
	else
		json_field_null(j, key);
}

static void took_field(struct json *j, const char *key, const struct file_times *took, double percent)
{
	uint64_t ns = 0;
	bool known = file_times_percentile(took, percent, &ns);
	json_field_us(j, key, ns, known);
}

static void dev_field(struct json *j, uint32_t dev)
{
	char text[32];
	if (!dev) {
		json_field_null(j, "dev");
		return;
	}
	snprintf(text, sizeof(text), "%u:%u", dev >> 20, dev & 0xfffff);
	json_field_str(j, "dev", text);
}

/* Of the disk that was measured. */
static void measured_fields(struct json *j, const struct file_table *table)
{
	const struct device_measure *measure = &table->measure;
	const struct device_run_rate run = device_run_rate(table);
	double share = device_run_share(table);
	json_field_u64(j, "measured_rate", device_measure_rate(measure));
	json_field_u64(j, "measured_bytes", measure->bytes);
	json_field_u64(j, "measured_request_bytes", measure->request_bytes);
	json_field_u64(j, "measured_at_once", measure->at_once);
	json_field_string(j, "measured_on", measure->path, measure->path_len);
	known_field(j, "run_rate", run.known, run.rate);
	json_field_str(j, "run_rate_of", run.requests ? "requests" : "waits");
	if (share >= 0)
		json_field_double(j, "run_share", share, 6);
	else
		json_field_null(j, "run_share");
}

static void device_json(struct json *j, const struct device_stats *device, const struct file_table *table)
{
	uint64_t rate, best, reads = device->read_requests;
	bool rate_known = disk_rate_mean(&device->rate, &rate),
	     best_known = disk_rate_best(&device->rate, &best);
	json_begin_object(j);
	dev_field(j, device->dev);
	json_field_u64(j, "read_requests", reads);
	json_field_u64(j, "read_bytes", device->read_bytes);
	known_field(j, "request_bytes", reads, reads ? device->read_bytes / reads : 0);
	json_field_u64(j, "in_flight", device->in_flight.most);
	took_field(j, "p50_us", &device->took, 50);
	took_field(j, "p99_us", &device->took, 99);
	json_field_us(j, "busy_us", disk_rate_busy(&device->rate), true);
	known_field(j, "rate", rate_known, rate);
	known_field(j, "best_rate", best_known, best);
	json_field_u64(j, "write_requests", device->write_requests);
	json_field_u64(j, "write_bytes", device->write_bytes);
	json_field_u64(j, "other_requests", device->other_requests);
	json_field_u64(j, "failed", device->failed);
	json_field_u64(j, "untied_requests", device->untied_requests);
	json_field_u64(j, "untied_bytes", device->untied_bytes);
	if (device->dev && device->dev == table->measure.dev)
		measured_fields(j, table);
	json_end_object(j);
}

/* The disk that was measured, where none of its requests was observed. */
static void measured_json(struct json *j, const struct file_table *table)
{
	json_begin_object(j);
	dev_field(j, table->measure.dev);
	measured_fields(j, table);
	json_end_object(j);
}

void devices_json(struct json *j, const struct file_table *table)
{
	const struct device_table *devices = &table->devices;
	bool shown = !table->measure.dev;
	if (table->measured && table->measure.why)
		json_field_str(j, "device_not_measured", table->measure.why);
	if (!devices->used && shown)
		return;
	json_field_array(j, "devices");
	for (unsigned i = 0; i < devices->used; i++) {
		device_json(j, devices->devices[i], table);
		shown |= devices->devices[i]->dev == table->measure.dev;
	}
	if (!shown)
		measured_json(j, table);
	json_end_array(j);
}
