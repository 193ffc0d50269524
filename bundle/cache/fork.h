/* SPDX-License-Identifier: BSD-2-Clause */
/* fork() at any moment, with any number of handles open. */
#ifndef BUNDLE_CACHE_FORK_H
#define BUNDLE_CACHE_FORK_H

#include "handle.h"

/* Makes a forked child's copy of the handle usable, as far as the file can be shared. false: out of memory. */
bool fork_register(struct pb_paged *paged);
/* One that was never registered is fine. */
void fork_unregister(struct pb_paged *paged);

#endif
