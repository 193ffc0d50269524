/* SPDX-License-Identifier: BSD-2-Clause */
/* An unlinked temporary file: what has to be written now and told later, without holding it in memory. */
#ifndef USER_BASE_SPOOL_H
#define USER_BASE_SPOOL_H

#include "out.h"

/* Opens one in `dir` (may be NULL), $TMPDIR or /var/tmp, whichever works first. 0 or -errno. Close spool->fd
 * in the end. */
int spool_open(struct out *spool, const char *dir);

/* Appends all that was written to the spool to `out`. 0 or -errno. */
int spool_copy(struct out *spool, struct out *out);

#endif
