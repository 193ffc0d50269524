/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast a file can be read from its device, past the page cache. */
#ifndef USER_MODELFILE_DEVICE_SPEED_H
#define USER_MODELFILE_DEVICE_SPEED_H

#include <stdint.h>

enum {
	SPEED_REQUEST_BYTES = 1 << 20,
	SPEED_AT_ONCE = 4,
	SPEED_BYTES_MAX = 256 << 20,
	SPEED_MS_MAX = 2000,
};

struct device_speed {
	uint32_t dev; /* the disk: major << 20 | minor */
	uint64_t bytes, ns;
	int err; /* errno, where it failed for such a reason */
};

/* Reads the regular file `fd` (open for reading) from its beginning on with O_DIRECT, in order, SPEED_AT_ONCE requests at a
 * time, and no more than the limits above. NULL: done; else why not, in words. */
const char *device_speed_measure(int fd, struct device_speed *speed);

#endif
