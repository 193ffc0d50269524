/* SPDX-License-Identifier: BSD-2-Clause */
#include "extent.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "result.h"

/* The bytes before the file's position, which the call advanced by its result. */
static bool before_position(struct extent *e, const struct call_event *call, bool other)
{
	e->file = other ? &call->other : &call->file;
	e->length = (uint64_t)call->result;
	e->offset = (uint64_t)(e->file->pos - call->result);
	return e->file->pos >= call->result;
}

/* The bytes before the offset that a block points to, which the call advanced instead of the file's position. */
static bool before_offset(struct extent *e, const struct call_event *call, bool other, unsigned block)
{
	int64_t after;
	if (call->block[block].len != sizeof(after))
		return false;
	memcpy(&after, call->block[block].data, sizeof(after));
	e->file = other ? &call->other : &call->file;
	e->length = (uint64_t)call->result;
	e->offset = (uint64_t)(after - call->result);
	return after >= call->result;
}

/* splice from a pipe. */
static bool spliced_into(struct extent *e, const struct call_event *call)
{
	e->fd = (int)call->args[2];
	e->writes = true;
	return call->args[3] ? before_offset(e, call, true, 1) : before_position(e, call, true);
}

static bool given(struct extent *e, uint64_t offset, uint64_t length)
{
	e->offset = offset;
	e->length = length;
	return (int64_t)offset >= 0;
}

/* For preadv2 and pwritev2, an offset of -1 means the file's position. */
static bool given_or_before(struct extent *e, const struct call_event *call)
{
	if ((call->nr == SYS_preadv2 || call->nr == SYS_pwritev2) && call->args[3] == UINT64_MAX)
		return before_position(e, call, false);
	return given(e, call->args[3], (uint64_t)call->result);
}

bool extent_of(const struct call_event *call, struct extent *e)
{
	const uint64_t *args = call->args;
	e->file = &call->file;
	e->fd = (int)args[0];
	e->writes = false;
	if (result_failed(call) || !call->returned)
		return false;
	switch (call->nr) {
	case SYS_write:
	case SYS_writev:
		e->writes = true;
		/* fall through */
	case SYS_read:
	case SYS_readv:
		return before_position(e, call, false);
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		e->writes = true;
		/* fall through */
	case SYS_pread64:
	case SYS_preadv:
	case SYS_preadv2:
		return given_or_before(e, call);
	case SYS_lseek:
		return given(e, (uint64_t)call->result, 0);
	case SYS_readahead:
		return given(e, args[1], args[2]);
	case SYS_fadvise64: /* length 0: up to the end of the file */
		return given(e, args[1], args[2] ? args[2] : UINT64_MAX);
	case SYS_mmap:
		e->fd = (int)args[4];
		return given(e, args[5], args[1]);
	case SYS_sendfile: /* the source */
		e->fd = (int)args[1];
		return args[2] ? before_offset(e, call, true, 0) : before_position(e, call, true);
	case SYS_splice:
		if (S_ISFIFO(call->file.id.mode))
			return spliced_into(e, call);
		/* fall through */
	case SYS_copy_file_range:
		return args[1] ? before_offset(e, call, false, 0) : before_position(e, call, false);
	}
	return false;
}
