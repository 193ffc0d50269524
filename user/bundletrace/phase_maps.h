/* SPDX-License-Identifier: BSD-2-Clause */
/* The maps of probes that a run was given (--probes). */
#ifndef USER_BUNDLETRACE_PHASE_MAPS_H
#define USER_BUNDLETRACE_PHASE_MAPS_H

#include "options.h"
#include "output.h"
#include "user/kernel/kernel.h"

/* Adds the map of a file or, by a bare word, one that comes with the program. A wrong one ends the program. */
void phase_maps_add(struct probemaps *maps, const char *option, const char *arg);

/* The maps whose phases are wanted; NULL: none is. */
const struct probemaps *phase_maps_wanted(const struct options *options);

/* Tells the output what the phases are called. 0 or -errno of writing. */
int phase_maps_define(const struct probemaps *maps, struct output *output);

/* Calls `note` for each map of which nothing was found. */
void phase_maps_missing(const struct probemaps *maps, struct kernel *kernel,
	void (*note)(void *ctx, const char *why), void *ctx);

#endif
