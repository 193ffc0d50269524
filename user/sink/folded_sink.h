/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks with the time that was spent in system calls below them, a line each: "main;run;file_read;read
 * 1234", in nanoseconds. What flamegraph.pl, inferno and speedscope read. */
#ifndef USER_SINK_FOLDED_SINK_H
#define USER_SINK_FOLDED_SINK_H

#include "user/event/sink.h"

/* NULL: out of memory. */
struct sink *folded_sink_new(struct out *out);

#endif
