/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to files, as tables for people: those that took most time, and their parts. */
#ifndef USER_SINK_FILES_TEXT_H
#define USER_SINK_FILES_TEXT_H

#include "user/event/sink.h"

/* On a terminal, columns are left out where it is too narrow. */
void files_text(struct out *out, const struct run_result *result);

#endif
