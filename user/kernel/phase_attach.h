/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches the places of the maps of probes (--probes) in programs and libraries, and remembers what was not found. */
#ifndef USER_KERNEL_PHASE_ATTACH_H
#define USER_KERNEL_PHASE_ATTACH_H

#include <stdbool.h>
#include <sys/types.h>

#include "user/base/text.h"
#include "user/probemap/probemap.h"

struct kernel;
struct phase_links;
struct kernel_phases;

/* Before the programs are loaded: which of them are, and which maps are made. `maps` NULL or without a phase: none. It
 * stays the caller's, and has to last as long as `kernel`. 0 or -ENOMEM. */
int kernel_phases_configure(struct kernel *kernel, const struct probemaps *maps);
void kernel_phases_free(struct kernel *kernel);

/* True if places are to be attached. */
bool kernel_phases_wanted(const struct kernel *kernel);

/*
 * Attaches the places that a file has. `fd`: of it, may be O_PATH; `name`: as the user knows it. How many, or -errno; what is
 * missing is reported, each place once. *links: NULL, or what phase_links_free() detaches. The caller holds the lock of the
 * binaries.
 */
int phase_links_attach(struct kernel *kernel, int fd, const char *name, struct phase_links **links);

/* The `only` process has executed a program: attaches them again where the exec has lost them. 0 or -errno. */
int phase_links_executed(struct kernel *kernel, struct phase_links *links);

/* Detaches them; NULL is fine. */
void phase_links_detach(struct phase_links *links);
void phase_links_free(struct phase_links *links);

/* Appends why nothing of a map was attached; nothing if something was. `map`: below the number of maps. */
void kernel_phases_missing(struct kernel *kernel, unsigned map, struct text *why);

#endif
