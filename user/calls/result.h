/* SPDX-License-Identifier: BSD-2-Clause */
/* What a system call's result says about its outcome. */
#ifndef USER_CALLS_RESULT_H
#define USER_CALLS_RESULT_H

#include "user/event/event.h"

/* True if the call returned one of the kernel's error numbers (-4095 to -1). */
static inline bool result_failed(const struct call_event *call)
{
	return call->returned && call->result < 0 && call->result >= -4095;
}

#endif
