/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in the page cache at the end of a run, of the model files that it used. */
#ifndef USER_BUNDLETRACE_PAGE_CACHE_H
#define USER_BUNDLETRACE_PAGE_CACHE_H

#include "user/tables/file_table.h"

/* Looks it up for the files of known formats, those that took most time first, for a second at most. `held`: what the caches
 * of bundles hold is known too. */
void page_cache_look(struct file_table *table, bool held);

#endif
