/* SPDX-License-Identifier: BSD-2-Clause */
/* The process's list of open bundles, for observers that read its memory at any moment: a bundle is added when
 * it is complete and removed before it is freed. Lock-free and thread-safe. */
#ifndef BUNDLE_OBSERVE_OPEN_LIST_H
#define BUNDLE_OBSERVE_OPEN_LIST_H

#include <stdbool.h>

#include "bundle/pagedbundle.h"

/* Adds a bundle's counters, and stores the list's address in them. false: out of memory. */
bool open_list_add(struct pb_counters *counters);

void open_list_remove(const struct pb_counters *counters);

#endif
