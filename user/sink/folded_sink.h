/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks with the nanoseconds spent in system calls below them, one a line: "main;run;file_read;read 1234".
 * flamegraph.pl, inferno and speedscope read it.
 */
#ifndef USER_SINK_FOLDED_SINK_H
#define USER_SINK_FOLDED_SINK_H

#include "user/event/sink.h"

/* Stacks must live until finish(). The caller owns `out`. NULL: out of memory. */
struct sink *folded_sink_new(struct out *out);

#endif
