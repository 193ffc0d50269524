/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes of which file a system call read, wrote, mapped or named. */
#ifndef USER_CALLS_EXTENT_H
#define USER_CALLS_EXTENT_H

#include "user/event/event.h"
#include "uring_ops.h"

struct extent {
	const struct file_ref *file; /* belongs to the call */
	int fd;
	uint64_t offset, length; /* in bytes; length 0: a position (lseek) */
	bool writes;
};

/* False if the call failed, is about no bytes of a file, or their offset is unknown. */
bool extent_of(const struct call_event *call, struct extent *extent);

#endif
