/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays in copied memory that more than one caller prints. */
#ifndef USER_CALLS_MEMORY_LISTS_H
#define USER_CALLS_MEMORY_LISTS_H

#include "user/base/text.h"
#include "user/event/event.h"

/* [{iov_base=..., iov_len=5}], with addresses if `far`; after two or more, their total: 12 bytes */
void iovecs_text(struct text *out, struct span memory, uint64_t address, bool far);

/* The descriptors of a poll() that had events: [{fd=4, revents=POLLOUT}] */
void poll_result_text(struct text *out, struct span memory);

#endif
