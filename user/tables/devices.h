/* SPDX-License-Identifier: BSD-2-Clause */
/* What disks did for the traced tasks: their requests, how long they took, how many were under way, and how fast the
 * disks were. Of the block layer's events. */
#ifndef USER_TABLES_DEVICES_H
#define USER_TABLES_DEVICES_H

#include "user/event/event.h"
#include "disk_rate.h"
#include "file_counts.h"
#include "in_flight.h"

enum { DEVICES_MAX = 16 }; /* further ones are counted together */

struct device_stats {
	uint32_t dev; /* major << 20 | minor; 0: several */
	uint64_t read_requests, read_bytes;
	uint64_t write_requests, write_bytes;
	uint64_t other_requests; /* flushes, discards */
	uint64_t failed;
	uint64_t untied_requests, untied_bytes; /* that move data, and could not be tied to a file */
	struct file_times took;                 /* of those that read */
	struct in_flight in_flight;             /* likewise */
	struct disk_rate rate;                  /* likewise */
};

struct device_table {
	struct device_stats *devices[DEVICES_MAX + 1]; /* the last one: all others */
	unsigned used;
};

/* Takes an event of the block layer; those of tasks that are not traced are left out. */
void devices_event(struct device_table *table, const struct event *ev);
void devices_free(struct device_table *table);

#endif
