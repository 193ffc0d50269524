/* SPDX-License-Identifier: BSD-2-Clause */
/* The process's list of open bundles, for observers that read its memory: they may look at any moment, so
 * that a bundle is entered when it is whole and leaves before it is freed. Any thread; takes no lock. */
#ifndef BUNDLE_OBSERVE_OPEN_LIST_H
#define BUNDLE_OBSERVE_OPEN_LIST_H

#include <stdbool.h>

#include "bundle/pagedbundle.h"

/* Also tells the counters where the list is. false: out of memory. */
bool open_list_add(struct pb_counters *counters);

void open_list_remove(const struct pb_counters *counters);

#endif
