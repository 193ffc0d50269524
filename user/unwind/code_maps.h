/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every file that any process maps to execute code of it: programs that are executed, the libraries that they
 * are linked to, and what they load later. The kernel writes them down for perf; while nobody maps anything,
 * it costs nothing, and a process that does is not stopped.
 */
#ifndef USER_UNWIND_CODE_MAPS_H
#define USER_UNWIND_CODE_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum code_change {
	CODE_MAPPED,
	CODE_EXECUTED, /* the process begins another program: what was mapped is gone, what follows is the new
			  one's */
	CODE_FORKED,   /* it has what `parent` has */
	CODE_ENDED,
};

struct code_map {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	pid_t pid;        /* 0: some since then were not written down: nobody read them fast enough */
	uint64_t start, end;
	const char *path; /* as the process sees it; of pid 0: NULL */
	uint64_t file_offset;
	uint64_t dev, ino; /* as struct stat has them */
	pid_t parent;
	enum code_change change;
};

struct code_maps;

struct code_maps_options {
	pid_t of; /* of this process, which has one thread, and all that come of it; 0: of the machine */
	bool processes; /* not only what is mapped, but all that enum code_change has */
};

/* From here on they are kept. NULL: errno. */
struct code_maps *code_maps_open(const struct code_maps_options *options);
void code_maps_close(struct code_maps *maps);

/* To be waited for with poll() and the like; code_maps_take() tells of what came since. */
int code_maps_fd(const struct code_maps *maps);
typedef void (*code_map_fn)(void *ctx, const struct code_map *mapping);
void code_maps_take(struct code_maps *maps, code_map_fn take, void *ctx);

#endif
