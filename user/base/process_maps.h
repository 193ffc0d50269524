/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a running process has mapped: /proc/PID/maps. */
#ifndef USER_BASE_PROCESS_MAPS_H
#define USER_BASE_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_map {
	uint64_t start, end, offset; /* offset: in the file */
	uint64_t dev, ino;           /* as struct stat has them */
	bool executable;
	const char *path; /* as the process sees it; of a removed file, the one it had */
};

/* Calls `each` for every mapping of a file until it returns false. The map is valid during the call. 0 or
 * -errno (-ESRCH: there is no such process). */
int process_maps_each(pid_t pid, bool (*each)(void *ctx, const struct process_map *map), void *ctx);

/* The path of the link in /proc that leads to the mapped file itself, even if its path is another file by
 * now. */
#define PROCESS_MAP_LINK 80
void process_map_link(char link[PROCESS_MAP_LINK], pid_t pid, uint64_t start, uint64_t end);

#endif
