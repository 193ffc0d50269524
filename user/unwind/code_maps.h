/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Executable mappings as processes make them: programs, the libraries they are linked to, and what they load
 * later. They are records of a perf event, which cost nothing while nobody maps anything; a process that maps
 * is not stopped.
 */
#ifndef USER_UNWIND_CODE_MAPS_H
#define USER_UNWIND_CODE_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum code_change {
	CODE_MAPPED,
	CODE_EXECUTED, /* the process executes a program: its earlier mappings are gone */
	CODE_FORKED,   /* it starts with the mappings of `parent` */
	CODE_ENDED,
};

struct code_map {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t pid;        /* 0: records after time_ns were lost, since the ring was full */
	uint64_t start, end;
	const char *path; /* as the process sees it; NULL for pid 0 */
	uint64_t file_offset;
	uint64_t dev, ino; /* as struct stat has them */
	pid_t parent;
	enum code_change change;
};

struct code_maps;

struct code_maps_options {
	pid_t of;       /* this process, which has one thread, and its descendants; 0: every process */
	bool processes; /* report every enum code_change, and not only CODE_MAPPED */
};

/* Starts to record. NULL: errno. */
struct code_maps *code_maps_open(const struct code_maps_options *options);
void code_maps_close(struct code_maps *maps);

/* Becomes readable when there are records: with `processes`, when a quarter of a ring is full. */
int code_maps_fd(const struct code_maps *maps);
/* Calls `take` for each record since the last call, in order within a CPU. */
typedef void (*code_map_fn)(void *ctx, const struct code_map *mapping);
void code_maps_take(struct code_maps *maps, code_map_fn take, void *ctx);

#endif
