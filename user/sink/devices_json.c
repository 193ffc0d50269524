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

static void device_json(struct json *j, const struct device_stats *device)
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
	json_end_object(j);
}

void devices_json(struct json *j, const struct device_table *table)
{
	if (!table->used)
		return;
	json_field_array(j, "devices");
	for (unsigned i = 0; i < table->used; i++)
		device_json(j, table->devices[i]);
	json_end_array(j);
}
