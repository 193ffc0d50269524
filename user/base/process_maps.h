/* SPDX-License-Identifier: BSD-2-Clause */
/* What a running process has mapped of files: /proc/PID/maps. */
#ifndef USER_BASE_PROCESS_MAPS_H
#define USER_BASE_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_map {
	uint64_t start, end, offset; /* offset: in the file */
	uint64_t dev, ino;           /* as struct stat has them */
	bool executable;
	const char *path; /* as the process sees it; that of a removed file too */
};

/* Calls `each` for every mapping of a file; false ends it. 0 or -errno (-ESRCH: there is no such process). */
int process_maps_each(pid_t pid, bool (*each)(void *ctx, const struct process_map *map), void *ctx);

/* The name of the link to a mapping's file itself, whatever its path stands for now. */
#define PROCESS_MAP_LINK 80
void process_map_link(char link[PROCESS_MAP_LINK], pid_t pid, uint64_t start, uint64_t end);

#endif
