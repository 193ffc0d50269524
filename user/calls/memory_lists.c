/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and numbers that arguments point to. */
#include "memory.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "flags.h"

void block_list(
	struct text *out, struct span block, size_t unit, void (*one)(struct text *out, struct span element))
{
	text_char(out, '[');
	for (size_t at = 0; at + unit <= block.len; at += unit) {
		if (at > 0)
			text_add(out, ", ", 2);
		one(out, block_part(block, at, unit));
	}
	if (block.cut)
		text_str(out, ", ...");
	text_char(out, ']');
}

/* [n] */
static void number_text(struct text *out, int64_t number)
{
	text_char(out, '[');
	text_s64(out, number);
	text_char(out, ']');
}

PRINTER(int)
{
	number_text(out, block_s32(arg->blocks[0], 0));
}

/* What the call has moved on by; its memory holds where it stands now. */
static int64_t moved_by(const struct call_event *call)
{
	return call->returned && call->result > 0 ? call->result : 0;
}

PRINTER(old_offset)
{
	number_text(out, (int64_t)(block_u64(arg->blocks[0], 0) - (uint64_t)moved_by(call)));
}

PRINTER(moved_offset)
{
	print_old_offset(out, arg, call);
	if (moved_by(call) == 0)
		return;
	text_str(out, " => ");
	number_text(out, (int64_t)block_u64(arg->blocks[0], 0));
}

PRINTER(pair)
{
	text_char(out, '[');
	fd_text(out, block_s32(arg->blocks[0], 0), call->file.path);
	text_add(out, ", ", 2);
	fd_text(out, block_s32(arg->blocks[0], 4), call->other.path);
	text_char(out, ']');
}

PRINTER(dirents)
{
	uint32_t count = block_u32(arg->blocks[0], 0);
	text_hex(out, arg->value);
	text_str(out, " /* ");
	text_u64(out, count);
	text_str(out, count == 1 ? " entry */" : " entries */");
}

PRINTER(cpuset)
{
	struct span block = arg->blocks[0];
	const char *between = "[";
	for (uint32_t cpu = 0; cpu < block.len * 8; cpu++) {
		if (!((unsigned char)block.data[cpu / 8] >> cpu % 8 & 1))
			continue;
		text_str(out, between);
		text_u64(out, cpu);
		between = " ";
	}
	text_str(out, *between == '[' ? "[" : "");
	text_str(out, block.cut ? " ...]" : "]");
}

/* ---- vectors ---- */

static void far_iovec(struct text *out, struct span element)
{
	static const struct field fields[] = { { "iov_base", offsetof(struct iovec, iov_base), 8,
						       FIELD_POINTER, ARG_NONE },
		{ "iov_len", offsetof(struct iovec, iov_len), 8, FIELD_UNSIGNED, ARG_NONE },
		{ NULL, 0, 0, 0, ARG_NONE } };
	fields_text(out, element, fields);
}

/* The data is not shown, as read's is not. */
static void iovec(struct text *out, struct span element)
{
	bool none = block_u64(element, offsetof(struct iovec, iov_base)) == 0;
	text_str(out, none ? "{iov_base=NULL, iov_len=" : "{iov_base=..., iov_len=");
	text_u64(out, block_u64(element, offsetof(struct iovec, iov_len)));
	text_char(out, '}');
}

void iovecs_text(struct text *out, struct span block, bool far)
{
	block_list(out, block, sizeof(struct iovec), far ? far_iovec : iovec);
	uint64_t total = 0, count = block.len / sizeof(struct iovec);
	for (uint64_t i = 0; i < count; i++)
		if (__builtin_add_overflow(total,
			    block_u64(block, i * sizeof(struct iovec) + offsetof(struct iovec, iov_len)),
			    &total))
			return;
	if (count < 2)
		return;
	text_str(out, " /* ");
	if (block.cut) {
		text_str(out, "the first ");
		text_u64(out, count);
		text_str(out, ": ");
	}
	text_u64(out, total);
	text_str(out, total == 1 ? " byte */" : " bytes */");
}

PRINTER(iovecs)
{
	iovecs_text(out, arg->blocks[0], false);
}

PRINTER(far_iovecs)
{
	iovecs_text(out, arg->blocks[0], true);
}

/* ---- events of descriptors ---- */

static void polled(struct text *out, struct span element)
{
	int32_t fd = block_s32(element, offsetof(struct pollfd, fd));
	text_str(out, "{fd=");
	text_s64(out, fd);
	if (fd >= 0) {
		text_str(out, ", events=");
		flags_text(out, ARG_POLL_EVENTS, block_number(element, offsetof(struct pollfd, events), 2));
	}
	text_char(out, '}');
}

PRINTER(pollfds)
{
	block_list(out, arg->blocks[0], sizeof(struct pollfd), polled);
}

void poll_result_text(struct text *out, struct span block)
{
	const char *between = "[";
	for (size_t at = 0; at + sizeof(struct pollfd) <= block.len; at += sizeof(struct pollfd)) {
		uint64_t events = block_number(block, at + offsetof(struct pollfd, revents), 2);
		if (!events)
			continue;
		text_str(out, between);
		text_str(out, "{fd=");
		text_s64(out, block_s32(block, at + offsetof(struct pollfd, fd)));
		text_str(out, ", revents=");
		flags_text(out, ARG_POLL_EVENTS, events);
		text_char(out, '}');
		between = ", ";
	}
	text_str(out, *between == '[' ? "[" : "");
	text_str(out, block.cut ? ", ...]" : "]");
}

static void epoll_event(struct text *out, struct span element)
{
	text_str(out, "{events=");
	flags_text(out, ARG_EPOLL_EVENTS, block_u32(element, 0));
	text_str(out, ", data={u32=");
	text_u64(out, block_u32(element, 4));
	text_str(out, ", u64=");
	text_u64(out, block_u64(element, 4));
	text_str(out, "}}");
}

PRINTER(epoll_event)
{
	epoll_event(out, arg->blocks[0]);
}

PRINTER(epoll_events)
{
	block_list(out, arg->blocks[0], sizeof(struct epoll_event), epoll_event);
}
