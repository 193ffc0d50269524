/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of -c and -C for people. */
#ifndef USER_SINK_SUMMARY_TEXT_H
#define USER_SINK_SUMMARY_TEXT_H

#include "user/event/sink.h"

/* System calls, bundles with their models, outliers and losses; flushes. 0, or -errno of writing. */
int summary_text(struct out *out, const struct run_result *result);

/* One line for each kind and cause of lost events; summary_text() has them already. */
void summary_lost(struct text *t, const struct run_result *result);

#endif
