/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads libpagedbundle's live counters (docs/usdt.md) out of other processes' memory. These keep running, may end
 * at any moment, and may be hostile: data is copied once, checked, and never trusted for a length. Needs the right
 * to read the process's memory (as ptrace does).
 */
#ifndef USER_KERNEL_LIVE_COUNTERS_H
#define USER_KERNEL_LIVE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bundle/pagedbundle.h"

enum {
	COUNTERS_NAME_MAX = 1023,     /* bytes of a name or path; the rest is cut off */
	COUNTERS_BLOCKS_MAX = 64,     /* of a list of open bundles: 3,904 bundles */
	COUNTERS_MODELS_MAX = 1 << 20 /* of a bundle, and of all bundles of a process that one walk visits */
};

struct counters_bundle {
	uint64_t address;            /* of its counters, in the process */
	struct pb_counters counters; /* a copy, with all hits; fields that an older library lacks are 0 */
	unsigned stripes;            /* entries of stripe_models */
	uint64_t stripe_models[PB_STRIPES]; /* addresses, as in struct pb_stripe */
	char path[COUNTERS_NAME_MAX + 1];
	uint64_t *left; /* models that the walk may still visit: a list may name a bundle over and over */
};

/* Stores the addresses of the process's lists of open bundles, at most `max`: one for each copy of the library that it has
 * mapped. Returns how many, or -errno. */
int counters_find_lists(pid_t pid, uint64_t *lists, unsigned max);

/* The list's distance from the first byte of a program or library in memory; 0: it has no list, or is neither. */
uint64_t counters_list_note(int fd);

/* Called for each; a result that is not 0 ends the walk and is returned. */
typedef int (*counters_bundle_fn)(void *ctx, pid_t pid, const struct counters_bundle *bundle);
typedef int (*counters_model_fn)(void *ctx, const struct counters_bundle *bundle, uint32_t index,
	const struct pb_model_counters *model);

/* Visits all open bundles of a process; malformed ones are skipped. 0; -ESRCH: it has ended; -EPERM; -EBADMSG: there is
 * no such list at `list`, or one of another version. */
int counters_each_bundle(pid_t pid, uint64_t list, counters_bundle_fn each, void *ctx);

/* Visits all models of a bundle, in the order of the file; within counters_each_bundle(). The same errors, and -E2BIG: the
 * process claims more than COUNTERS_MODELS_MAX. */
int counters_each_model(pid_t pid, const struct counters_bundle *bundle, counters_model_fn each, void *ctx);

/* Stores a model's name into COUNTERS_NAME_MAX + 1 bytes, terminated by a zero byte; returns its length there. A name
 * does not change while its bundle is open. */
uint32_t counters_model_name(pid_t pid, const struct pb_model_counters *model, char *name);

#endif
