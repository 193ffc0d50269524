/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays and numbers that arguments point to. */
#include "memory_lists.h"

#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "value_text.h"

#define POLLFDS_SHOWN 32

/* [n] */
static void number_text(struct text *out, int64_t number)
{
	text_char(out, '[');
	text_s64(out, number);
	text_char(out, ']');
}

PRINTER(int)
{
	number_text(out, memory_s32(arg->memory[0], 0));
}

/* How far the call advanced the position; the memory holds the position after it. */
static int64_t moved_by(const struct call_event *call)
{
	return call->returned && call->result > 0 ? call->result : 0;
}

/* sendfile's cannot be negative. */
static void offset_text(struct text *out, const struct call_event *call, uint64_t offset)
{
	if (call->nr == SYS_sendfile)
		text_printf(out, "[%llu]", (unsigned long long)offset);
	else
		number_text(out, (int64_t)offset);
}

PRINTER(old_offset)
{
	offset_text(out, call, memory_u64(arg->memory[0], 0) - (uint64_t)moved_by(call));
}

PRINTER(moved_offset)
{
	print_old_offset(out, arg, call);
	if (moved_by(call) == 0)
		return;
	text_str(out, " => ");
	offset_text(out, call, memory_u64(arg->memory[0], 0));
}

PRINTER(pair)
{
	text_char(out, '[');
	fd_text(out, memory_s32(arg->memory[0], 0), &call->file);
	text_add(out, ", ", 2);
	fd_text(out, memory_s32(arg->memory[0], 4), &call->other);
	text_char(out, ']');
}

PRINTER(dirents)
{
	uint32_t count = memory_u32(arg->memory[0], 0);
	text_hex(out, arg->value);
	text_str(out, " /* ");
	text_u64(out, count);
	text_str(out, count == 1 ? " entry */" : " entries */");
}

PRINTER(cpuset)
{
	struct span memory = arg->memory[0];
	const char *between = "[";
	for (uint32_t cpu = 0; cpu < memory.len * 8; cpu++) {
		if (!((unsigned char)memory.data[cpu / 8] >> cpu % 8 & 1))
			continue;
		text_str(out, between);
		text_u64(out, cpu);
		between = " ";
	}
	text_str(out, *between == '[' ? "[" : "");
	text_str(out, memory.cut ? " ...]" : "]");
}

/* ---- vectors ---- */

static void far_iovec(struct text *out, struct span element)
{
	static const struct field fields[] = { MEMBER(struct iovec, iov_base, POINTER, NONE),
		MEMBER(struct iovec, iov_len, UNSIGNED, NONE), MEMBERS_END };
	fields_text(out, element, fields);
}

/* Without the address: like read's buffer, its data is not shown. */
static void iovec(struct text *out, struct span element)
{
	bool none = memory_u64(element, offsetof(struct iovec, iov_base)) == 0;
	text_str(out, none ? "{iov_base=NULL, iov_len=" : "{iov_base=..., iov_len=");
	text_u64(out, memory_u64(element, offsetof(struct iovec, iov_len)));
	text_char(out, '}');
}

void iovecs_text(struct text *out, struct span memory, uint64_t address, bool far)
{
	elements_text(out, memory, address, sizeof(struct iovec), far ? far_iovec : iovec);
	uint64_t total = 0, count = memory.len / sizeof(struct iovec);
	for (uint64_t i = 0; i < count; i++)
		if (__builtin_add_overflow(total,
			    memory_u64(memory, i * sizeof(struct iovec) + offsetof(struct iovec, iov_len)),
			    &total))
			return;
	if (count < 2)
		return;
	text_str(out, " /* ");
	if (memory.cut) {
		text_str(out, "the first ");
		text_u64(out, count);
		text_str(out, ": ");
	}
	text_u64(out, total);
	text_str(out, total == 1 ? " byte */" : " bytes */");
}

PRINTER(iovecs)
{
	iovecs_text(out, arg->memory[0], arg->value, false);
}

PRINTER(far_iovecs)
{
	iovecs_text(out, arg->memory[0], arg->value, true);
}

/* ---- events of descriptors ---- */

static void polled(struct text *out, struct span element)
{
	int32_t fd = memory_s32(element, offsetof(struct pollfd, fd));
	text_str(out, "{fd=");
	text_s64(out, fd);
	if (fd >= 0) {
		text_str(out, ", events=");
		flags_text(out, ARG_POLL_EVENTS, memory_number(element, offsetof(struct pollfd, events), 2));
	}
	text_char(out, '}');
}

/* The first ones; poll_result_text() has more to choose from. */
PRINTER(pollfds)
{
	struct span shown = memory_part(arg->memory[0], 0, POLLFDS_SHOWN * sizeof(struct pollfd));
	shown.cut = arg->memory[0].cut || arg->memory[0].len > shown.len;
	elements_text(out, shown, arg->value, sizeof(struct pollfd), polled);
}

void poll_result_text(struct text *out, struct span memory)
{
	const char *between = "[";
	for (size_t at = 0; at + sizeof(struct pollfd) <= memory.len; at += sizeof(struct pollfd)) {
		uint64_t events = memory_number(memory, at + offsetof(struct pollfd, revents), 2);
		if (!events)
			continue;
		text_str(out, between);
		text_str(out, "{fd=");
		text_s64(out, memory_s32(memory, at + offsetof(struct pollfd, fd)));
		text_str(out, ", revents=");
		flags_text(out, ARG_POLL_EVENTS, events);
		text_char(out, '}');
		between = ", ";
	}
	text_str(out, *between == '[' ? "[" : "");
	text_str(out, memory.cut ? ", ...]" : "]");
}

static void epoll_event(struct text *out, struct span element)
{
	text_str(out, "{events=");
	flags_text(out, ARG_EPOLL_EVENTS, memory_u32(element, 0));
	text_str(out, ", data={u32=");
	text_u64(out, memory_u32(element, 4));
	text_str(out, ", u64=");
	text_u64(out, memory_u64(element, 4));
	text_str(out, "}}");
}

PRINTER(epoll_event)
{
	epoll_event(out, arg->memory[0]);
}

PRINTER(epoll_events)
{
	elements_text(out, arg->memory[0], arg->value, sizeof(struct epoll_event), epoll_event);
}
