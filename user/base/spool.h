/* SPDX-License-Identifier: BSD-2-Clause */
/* An unlinked temporary file, for output that is made now and written later, without holding it in memory. */
#ifndef USER_BASE_SPOOL_H
#define USER_BASE_SPOOL_H

#include "out.h"

/* Opens one in `dir` (may be NULL), $TMPDIR or /var/tmp, whichever works first. 0 or -errno. The caller
 * closes spool->fd. */
int spool_open(struct out *spool, const char *dir);

/* Flushes the spool and appends everything in it to `out`. 0 or -errno. */
int spool_copy(struct out *spool, struct out *out);

#endif
