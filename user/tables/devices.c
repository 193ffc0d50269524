/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices.h"

#include <stdlib.h>

/* NULL: no memory. */
static struct device_stats *device_of(struct device_table *table, uint32_t dev)
{
	unsigned i = 0;
	while (i < table->used && i < DEVICES_MAX && table->devices[i]->dev != dev)
		i++;
	if (i < table->used)
		return table->devices[i];
	table->devices[i] = calloc(1, sizeof(*table->devices[i]));
	if (!table->devices[i])
		return NULL;
	table->devices[i]->dev = i < DEVICES_MAX ? dev : 0;
	table->used++;
	return table->devices[i];
}

static void add_read(struct device_stats *device, const struct event *ev)
{
	const struct block_event *block = &ev->block;
	bool first = !(block->flags & BLOCK_NOT_FIRST);
	device->read_requests += first;
	device->read_bytes += block->bytes;
	if (ev->duration_ns == NO_DURATION || ev->duration_ns > ev->time_ns)
		return;
	uint64_t from = ev->time_ns - ev->duration_ns;
	if (first) {
		file_times_add(&device->took, ev->duration_ns);
		in_flight_add(&device->in_flight, from, ev->time_ns);
	}
	disk_rate_add(&device->rate, from, ev->time_ns, block->bytes);
}

void devices_event(struct device_table *table, const struct event *ev)
{
	const struct block_event *block = &ev->block;
	struct device_stats *device = block->flags & BLOCK_OTHERS ? NULL : device_of(table, block->dev);
	bool first = !(block->flags & BLOCK_NOT_FIRST);
	if (!device)
		return;
	if (block->flags & BLOCK_FAILED) {
		device->failed += first;
		return;
	}
	if (block->op == BLOCK_READ) {
		add_read(device, ev);
	} else if (block->op == BLOCK_WRITE) {
		device->write_requests += first;
		device->write_bytes += block->bytes;
	} else {
		device->other_requests += first;
	}
	if (block->untied == BLOCK_TIED || block->untied == BLOCK_NO_DATA)
		return;
	device->untied_requests += first || !(block->flags & BLOCK_SAME_FILE);
	device->untied_bytes += block->bytes;
}

void devices_free(struct device_table *table)
{
	for (unsigned i = 0; i < table->used; i++)
		free(table->devices[i]);
	table->used = 0;
}
