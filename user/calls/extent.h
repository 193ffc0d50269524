/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes of which file a system call was about. */
#ifndef USER_CALLS_EXTENT_H
#define USER_CALLS_EXTENT_H

#include "user/event/event.h"

struct extent {
	const struct file_ref *file; /* of the call */
	int fd;
	uint64_t offset, length; /* length 0: a point */
	bool writes;
};

/* false: it failed, is about no bytes, or where they are is not known. */
bool extent_of(const struct call_event *call, struct extent *extent);

#endif
