/* SPDX-License-Identifier: BSD-2-Clause */
/* Room for loads. Under the lock. */
#ifndef BUNDLE_CACHE_ROOM_H
#define BUNDLE_CACHE_ROOM_H

#include "handle.h"

/* Evicts models, then pages, until `size` more bytes fit or nothing more can be evicted. `incoming` is the
 * model that needs the room; NULL: a page. With a hard limit, LIMIT if they do not fit. */
int room_make(struct pb_paged *paged, uint64_t size, const struct entry *incoming);

/* The same for a page, which evicts pages first. false: it does not fit. */
bool room_make_for_page(struct pb_paged *paged, uint64_t size);

#endif
