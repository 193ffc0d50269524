/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of code that was generated at run time, from the file that language runtimes write for it: /tmp/perf-PID.map, a
 * line "START SIZE NAME" for each function. It is read as the process sees it, and again when it has grown. It is only
 * believed if it belongs to the process's user or root; its contents are not trusted.
 */
#ifndef USER_UNWIND_PERF_MAP_H
#define USER_UNWIND_PERF_MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct perf_map;

struct perf_symbol {
	uint64_t start, end;
	const char *name; /* without a zero byte at its end */
	uint32_t len;
};

/* `since`: when the trace began. NULL: out of memory. */
struct perf_map *perf_map_new(pid_t pid, time_t since);
void perf_map_free(struct perf_map *map);

/* The function at an address, valid until the next call; NULL: not known. Later lines replace earlier ones. */
const struct perf_symbol *perf_map_find(struct perf_map *map, uint64_t address);

/* Takes a file's contents, which the map then owns, and sorts them. For perf_map_find() and tests. */
bool perf_map_take(struct perf_map *map, char *text, size_t len);

#endif
