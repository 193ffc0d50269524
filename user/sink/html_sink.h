/* SPDX-License-Identifier: BSD-2-Clause */
/* One page for a browser, with all that it needs: docs/formats.md. */
#ifndef USER_SINK_HTML_SINK_H
#define USER_SINK_HTML_SINK_H

#include "user/event/sink.h"

enum { HTML_EVENTS = 50000 }; /* that the timeline draws; those after them are only counted */

/*
 * `start` is needed by this call only. The summary passes through a temporary file, in spool_dir (may be
 * NULL), $TMPDIR or /var/tmp. NULL with errno set: no memory, no folder to write to, or no random numbers.
 */
struct sink *html_sink_new(struct out *out, const struct run_start *start, const char *spool_dir);

#endif
