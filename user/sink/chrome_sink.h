/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline for Perfetto's and Chrome's viewers, in the Trace Event format: docs/formats.md. */
#ifndef USER_SINK_CHROME_SINK_H
#define USER_SINK_CHROME_SINK_H

#include "user/event/sink.h"

/* `start` is read by this call only. The caller owns `out`. NULL: out of memory. */
struct sink *chrome_sink_new(struct out *out, const struct run_start *start);

#endif
