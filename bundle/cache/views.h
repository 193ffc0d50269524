/* SPDX-License-Identifier: BSD-2-Clause */
/* Views of whole models, for the calls that return or use them. */
#ifndef BUNDLE_CACHE_VIEWS_H
#define BUNDLE_CACHE_VIEWS_H

#include "handle.h"

/* A view's opaque[0] is a struct stripe, which counts a view of model opaque[1]; or one of these two, with the
 * kind in its lowest bits, and then opaque[1] is the bundle. */
#define VIEW_OF_PAGE 1u /* a struct frame, pinned */
#define VIEW_OF_COPY 2u /* memory to be freed */
#define VIEW_KINDS   3u

/* If the model is resident, counts a hit and makes a view of it. Not under the lock. */
bool views_if_resident(struct pb_paged *paged, size_t index, struct pb_view *view);

/* Makes a view of a resident model after a miss. Under the lock. */
void views_after_miss(struct pb_paged *paged, size_t index, struct pb_view *view);

#endif
