/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads of models and of parts of files, as a table for people: those that took most time. */
#ifndef USER_SINK_LOADS_TEXT_H
#define USER_SINK_LOADS_TEXT_H

#include "user/event/sink.h"

void loads_text(struct text *out, const struct run_result *result);

#endif
