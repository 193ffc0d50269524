/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what libpagedbundle keeps for observers (docs/usdt.md, "Live counters") out of other processes'
 * memory. They run on meanwhile, may end at any moment, and may be hostile: what they hold is copied once,
 * checked, and never trusted for a length. Needs the right to read the process's memory (as ptrace does).
 */
#ifndef USER_KERNEL_LIVE_COUNTERS_H
#define USER_KERNEL_LIVE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bundle/pagedbundle.h"

enum {
	COUNTERS_NAME_MAX = 1023,     /* bytes of a name or path that are read; the rest is cut off */
	COUNTERS_BLOCKS_MAX = 64,     /* of a list of open bundles: 3,904 bundles */
	COUNTERS_MODELS_MAX = 1 << 20 /* of a bundle */
};

struct counters_bundle {
	uint64_t address;            /* of its counters, in the process */
	struct pb_counters counters; /* a copy, with all hits; fields that the library does not have are 0 */
	unsigned stripes;            /* of these: */
	uint64_t stripe_models[PB_STRIPES]; /* addresses, as in struct pb_stripe */
	char path[COUNTERS_NAME_MAX + 1];
};

/* The address of the process's list of open bundles: 0 if nothing that it has mapped keeps one, or -errno. */
int64_t counters_find_list(pid_t pid);

/* Where the list is in a program or library, as linked; 0: it has none, or is no such file. */
uint64_t counters_list_note(int fd);

/* Called for each; not 0 ends the walk and is its result. */
typedef int (*counters_bundle_fn)(void *ctx, pid_t pid, const struct counters_bundle *bundle);
typedef int (*counters_model_fn)(
	void *ctx, const struct counters_bundle *bundle, uint32_t index, const struct pb_model_counters *model);

/* All open bundles of a process. 0; -ESRCH: it has ended; -EPERM; -EBADMSG: what is there is no such list, or
 * of another version. Bundles that are not what they should be are passed over. */
int counters_each_bundle(pid_t pid, uint64_t list, counters_bundle_fn each, void *ctx);

/* All models of a bundle, in the order of the file. The same errors. */
int counters_each_model(pid_t pid, const struct counters_bundle *bundle, counters_model_fn each, void *ctx);

/* A model's name, closed by a zero byte, into COUNTERS_NAME_MAX + 1 bytes; returns its length there. It does not
 * change while the bundle is open. */
uint32_t counters_model_name(pid_t pid, const struct pb_model_counters *model, char *name);

#endif
