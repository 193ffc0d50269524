/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device gives, measured after a run on the file that the run read most from it; and what the run got. */
#ifndef USER_TABLES_DEVICE_MEASURE_H
#define USER_TABLES_DEVICE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

struct device_measure {
	uint32_t dev; /* the disk: major << 20 | minor; 0: nothing was measured */
	char *path;   /* of the file; owned; NULL: there is none */
	uint32_t path_len;
	const char *why;    /* why nothing was measured; NULL: it was */
	int err;            /* errno of that, or 0 */
	uint64_t bytes, ns; /* that were read, and how long it took */
	uint32_t request_bytes, at_once;
};

/* What the run got from the disk. */
struct device_run_rate {
	bool known;
	bool requests; /* from the requests to the disk; false: from the waits for it, on that file */
	uint64_t rate; /* bytes a second */
	uint64_t request_bytes, at_once; /* with `requests` */
};

struct file_table;

/* Bytes a second; 0: not measured. */
uint64_t device_measure_rate(const struct device_measure *measure);

/* What the run got from the disk that was measured. */
struct device_run_rate device_run_rate(const struct file_table *table);

/* What part of what the device gives that is, from 0 on; negative: not known. */
double device_run_share(const struct file_table *table);

#endif
