/* SPDX-License-Identifier: BSD-2-Clause */
/* Asynchronous I/O: libaio's requests and events, what io_uring registers, futexes that are waited for. */
#include <linux/aio_abi.h>

#include "flags.h"
#include "memory_commands.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "value_text.h"

/* ---- libaio ---- */

static void priority_text(struct text *out, struct span iocb, uint32_t flags)
{
	uint32_t priority = (uint32_t)memory_number(iocb, 18, 2);
	if (!priority && !(flags & IOCB_FLAG_IOPRIO))
		return;
	text_str(out, ", aio_reqprio=");
	if (flags & IOCB_FLAG_IOPRIO)
		ioprio_text(out, priority);
	else
		text_s64(out, (int16_t)priority);
}

/* A request's members; those of its buffer only where it has one. */
static void iocb_text(struct text *out, struct span iocb, bool submitted)
{
	static const struct field data = FIELD("aio_data", 0, 8, HEX), key = FIELD("aio_key", 8, 4, UNSIGNED),
				  rw_flags = FLAGS("aio_rw_flags", 12, 4, RWF_FLAGS),
				  opcode = FLAGS("aio_lio_opcode", 16, 2, AIO_COMMAND),
				  fd = FIELD("aio_fildes", 20, 4, SIGNED),
				  flags = FLAGS("aio_flags", 56, 4, AIO_FLAGS),
				  event_fd = FIELD("aio_resfd", 60, 4, SIGNED);
	static const struct field buffer[] = { FIELD("aio_buf", 24, 8, POINTER),
		FIELD("aio_nbytes", 32, 8, UNSIGNED), FIELD("aio_offset", 40, 8, SIGNED) };
	uint32_t command = memory_u32(iocb, 16) & 0xffff, set = memory_u32(iocb, 56);
	text_char(out, '{');
	field_text(out, iocb, &data, true);
	if (memory_u32(iocb, 8))
		field_text(out, iocb, &key, false);
	if (memory_u32(iocb, 12))
		field_text(out, iocb, &rw_flags, false);
	field_text(out, iocb, &opcode, false);
	priority_text(out, iocb, set);
	field_text(out, iocb, &fd, false);
	bool has_buffer = command == IOCB_CMD_PREAD || command == IOCB_CMD_PWRITE ||
			  command == IOCB_CMD_PREADV || command == IOCB_CMD_PWRITEV;
	for (int i = 0; submitted && has_buffer && i < 3; i++)
		field_text(out, iocb, &buffer[i], false);
	if (submitted && set)
		field_text(out, iocb, &flags, false);
	if (submitted && set & IOCB_FLAG_RESFD)
		field_text(out, iocb, &event_fd, false);
	text_char(out, '}');
}

static void submitted_iocb(struct text *out, struct span iocb)
{
	iocb_text(out, iocb, true);
}

PRINTER(iocb)
{
	iocb_text(out, arg->memory[0], false);
}

PRINTER(iocbs)
{
	elements_text(out, arg->memory[0], 0, sizeof(struct iocb), submitted_iocb);
}

static void io_event(struct text *out, struct span event)
{
	static const struct field fields[] = { FIELD("data", 0, 8, HEX), FIELD("obj", 8, 8, HEX),
		FIELD("res", 16, 8, SIGNED), FIELD("res2", 24, 8, SIGNED), MEMBERS_END };
	fields_text(out, event, fields);
}

PRINTER(io_events)
{
	elements_text(out, arg->memory[0], arg->value, sizeof(struct io_event), io_event);
}

/* ---- a set of signals and its size, in one argument ---- */

PRINTER(sized_sigset)
{
	uint64_t size = memory_u64(arg->memory[0], 8);
	text_str(out, "{sigmask=");
	if (size == 8 && arg->memory[1].len == 8)
		sigset_text(out, memory_u64(arg->memory[1], 0));
	else
		pointer_text(out, memory_u64(arg->memory[0], 0));
	text_str(out, ", sigsetsize=");
	text_u64(out, size);
	text_char(out, '}');
}

/* ---- io_uring_register ---- */

const struct field uring_update_fields[] = { FIELD("offset", 0, 4, UNSIGNED), FIELD("fds", 8, 8, POINTER),
	MEMBERS_END };

const struct field uring_resources_fields[] = { FIELD("nr", 0, 4, UNSIGNED), FLAGS("flags", 4, 4, RSRC_FLAGS),
	FIELD("data", 16, 8, POINTER), FIELD("tags", 24, 8, POINTER), MEMBERS_END };

const struct field uring_update2_fields[] = { FIELD("offset", 0, 4, UNSIGNED), FIELD("data", 8, 8, POINTER),
	FIELD("tags", 16, 8, POINTER), FIELD("nr", 24, 4, UNSIGNED), MEMBERS_END };

const struct field uring_buffers_fields[] = { FIELD("ring_addr", 0, 8, POINTER),
	FIELD("ring_entries", 8, 4, UNSIGNED), FIELD("bgid", 12, 2, UNSIGNED), MEMBERS_END };

const struct field uring_probe_fields[] = { FLAGS("last_op", 0, 1, URING_OPCODE),
	FIELD("ops_len", 1, 1, UNSIGNED), MEMBERS_LEFT_OUT, MEMBERS_END };

static void ring_text(struct text *out, struct span ring)
{
	static const struct field fields[] = { FIELD("offset", 0, 4, UNSIGNED), FIELD("data", 8, 8, SIGNED),
		MEMBERS_END };
	fields_text(out, ring, fields);
}

PRINTER(uring_rings)
{
	elements_text(out, arg->memory[0], arg->value, 16, ring_text);
}

PRINTER(uring_workers)
{
	text_printf(out, "[[IO_WQ_BOUND]=%u, [IO_WQ_UNBOUND]=%u]", memory_u32(arg->memory[0], 0),
		memory_u32(arg->memory[0], 4));
}

/* ---- futex_waitv ---- */

static void futex_text(struct text *out, struct span futex)
{
	static const struct field fields[] = { FIELD("val", 0, 8, HEX), FIELD("uaddr", 8, 8, POINTER),
		FLAGS("flags", 16, 4, FUTEX2_FLAGS), MEMBERS_END };
	static const struct field reserved = FIELD("__reserved", 20, 4, HEX);
	fields_open_text(out, futex, fields);
	if (memory_u32(futex, 20))
		field_text(out, futex, &reserved, false);
	text_char(out, '}');
}

PRINTER(futexes)
{
	elements_text(out, arg->memory[0], arg->value, 24, futex_text);
}
