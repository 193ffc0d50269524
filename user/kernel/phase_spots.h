/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in a program or library the places of a map of probes are. */
#ifndef USER_KERNEL_PHASE_SPOTS_H
#define USER_KERNEL_PHASE_SPOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "user/probemap/probemap.h"

/* Functions, or sites of a USDT probe, that one place of a map may stand for. */
enum { PHASE_SPOTS_EACH = 16 };

struct phase_spot {
	uint64_t offset, semaphore; /* in the file; semaphore 0: it has none */
	bool returns;               /* the probe is at the function's return */
	struct phase_site site;
};

struct phase_spots {
	struct phase_spot *all;
	unsigned count;
};

/* A place that is not there, or not used: its name in the map, and "no such symbol", with what can be done. */
struct phase_problem {
	const struct probe_phase *phase;
	const struct probe_place *place;
	const char *why, *advice;
};

struct phase_lookup {
	const struct probemap *map;
	const char *path; /* of the file, as it is known */
	/* Called for each problem: those of optional places are not reported. The strings are valid during the call. */
	void (*problem)(void *ctx, const struct phase_problem *problem);
	void *ctx;
};

/*
 * Finds the map's places in the file `fd`. How many of its phases may be there by the file's name (0: the map is not about this
 * file), or -errno (-ENOEXEC: no ELF file of this machine). spots->all is to be freed.
 */
int phase_spots_find(const struct phase_lookup *lookup, int fd, struct phase_spots *spots);

#endif
