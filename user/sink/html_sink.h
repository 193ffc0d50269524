/* SPDX-License-Identifier: BSD-2-Clause */
/* One self-contained page for a browser: docs/formats.md. */
#ifndef USER_SINK_HTML_SINK_H
#define USER_SINK_HTML_SINK_H

#include "user/event/sink.h"

enum { HTML_EVENTS = 50000 }; /* drawn in the timeline; later ones are only counted */

/* `start` is read by this call only. NULL with errno set: out of memory, or no random numbers. */
struct sink *html_sink_new(struct out *out, const struct run_start *start);

#endif
