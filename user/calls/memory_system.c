/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel tells of the machine, of memory and of asynchronous I/O. */
#include <linux/io_uring.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <unistd.h>
#include <utime.h>

#include "flags.h"
#include "memory_fields.h"
#include "memory_printers.h"
#include "memory_read.h"
#include "user/base/errnames.h"
#include "value_text.h"

static void one_number(struct text *out, struct span element)
{
	text_u64(out, memory_number(element, 0, element.len));
}

static void one_signed(struct text *out, struct span element)
{
	text_s64(out, memory_s32(element, 0));
}

static void one_pointer(struct text *out, struct span element)
{
	pointer_text(out, memory_u64(element, 0));
}

static void one_bits(struct text *out, struct span element)
{
	hex_text(out, memory_u32(element, 0));
}

static void one_word(struct text *out, struct span element)
{
	text_printf(out, "%#016llx", (unsigned long long)memory_u64(element, 0));
}

static void one_status(struct text *out, struct span element)
{
	int32_t status = memory_s32(element, 0);
	const char *name = status < 0 && status >= -4095 ? errno_name(-status) : NULL;
	if (name) {
		text_char(out, '-');
		text_str(out, name);
	} else {
		text_s64(out, status);
	}
}

static void one_id(struct text *out, struct span element)
{
	text_s64(out, memory_u32(element, 0) == UINT32_MAX ? -1 : (int64_t)memory_u32(element, 0));
}

static void one_page(struct text *out, struct span element)
{
	text_u64(out, memory_number(element, 0, 1) & 1);
}

PRINTER(address)
{
	elements_text(out, arg->memory[0], arg->value, 8, one_pointer);
}

PRINTER(size)
{
	elements_text(out, arg->memory[0], arg->value, 8, one_number);
}

PRINTER(ids)
{
	elements_text(out, arg->memory[0], arg->value, 4, one_id);
}

PRINTER(page_nodes)
{
	elements_text(out, arg->memory[0], arg->value, 4, one_signed);
}

PRINTER(page_status)
{
	elements_text(out, arg->memory[0], arg->value, 4, one_status);
}

/* The bits of a node mask, one more than the kernel uses. */
static uint64_t node_bits(const struct call_event *call)
{
	return call->args[call->nr == SYS_mbind ? 4 : call->nr == SYS_migrate_pages ? 1 : 2];
}

PRINTER(nodes)
{
	if (!arg->memory[0].len && node_bits(call)) {
		pointer_text(out, arg->value);
		return;
	}
	elements_text(out, arg->memory[0], arg->value, 8, one_word);
}

PRINTER(residency)
{
	elements_text(out, arg->memory[0], arg->value, 1, one_page);
}

static void one_operation(struct text *out, struct span element)
{
	text_printf(out, "{sem_num=%u, sem_op=%d, sem_flg=", (unsigned)memory_number(element, 0, 2),
		(int)(int16_t)memory_number(element, 2, 2));
	flags_text(out, ARG_SEMOP_FLAGS, (uint64_t)(int64_t)(int16_t)memory_number(element, 4, 2) & 0xffff);
	text_char(out, '}');
}

PRINTER(sembufs)
{
	elements_text(out, arg->memory[0], arg->value, 6, one_operation);
}

PRINTER(sysinfo)
{
	static const struct field first[] = { MEMBER(struct sysinfo, uptime, SIGNED, NONE), MEMBERS_END };
	static const struct field rest[] = { MEMBER(struct sysinfo, totalram, UNSIGNED, NONE),
		MEMBER(struct sysinfo, freeram, UNSIGNED, NONE),
		MEMBER(struct sysinfo, sharedram, UNSIGNED, NONE),
		MEMBER(struct sysinfo, bufferram, UNSIGNED, NONE),
		MEMBER(struct sysinfo, totalswap, UNSIGNED, NONE),
		MEMBER(struct sysinfo, freeswap, UNSIGNED, NONE),
		MEMBER(struct sysinfo, procs, UNSIGNED, NONE),
		MEMBER(struct sysinfo, totalhigh, UNSIGNED, NONE),
		MEMBER(struct sysinfo, freehigh, UNSIGNED, NONE),
		MEMBER(struct sysinfo, mem_unit, UNSIGNED, NONE), MEMBERS_END };
	struct span memory = arg->memory[0];
	fields_open_text(out, memory, first);
	text_str(out, ", loads=");
	elements_text(out, memory_part(memory, offsetof(struct sysinfo, loads), 24), 0, 8, one_number);
	for (const struct field *field = rest; field->name; field++)
		field_text(out, memory, field, false);
	text_char(out, '}');
}

PRINTER(tms)
{
	static const char *const names[] = { "tms_utime", "tms_stime", "tms_cutime", "tms_cstime" };
	for (int i = 0; i < 4; i++) {
		uint64_t ticks = memory_u64(arg->memory[0], (size_t)i * 8);
		text_printf(out, "%s%s=%llu", i ? ", " : "{", names[i], (unsigned long long)ticks);
		text_printf(out, " /* %.2f s */", (double)ticks / (double)sysconf(_SC_CLK_TCK));
	}
	text_char(out, '}');
}

PRINTER(utimbuf)
{
	text_str(out, "{actime=");
	text_s64(out, (int64_t)memory_u64(arg->memory[0], 0));
	date_text(out, (int64_t)memory_u64(arg->memory[0], 0), 0, 0);
	text_str(out, ", modtime=");
	text_s64(out, (int64_t)memory_u64(arg->memory[0], 8));
	date_text(out, (int64_t)memory_u64(arg->memory[0], 8), 0, 0);
	text_char(out, '}');
}

/* The union that sigval is, of which the type is not known. */
static void sigval_text(
	struct text *out, struct span memory, size_t at, const char *number, const char *pointer)
{
	text_printf(out, "%s=%d, %s=", number, memory_s32(memory, at), pointer);
	pointer_text(out, memory_u64(memory, at));
}

PRINTER(sigevent)
{
	struct span memory = arg->memory[0];
	uint32_t notify = memory_u32(memory, 12);
	text_char(out, '{');
	if (memory_u64(memory, 0)) {
		text_str(out, "sigev_value={");
		sigval_text(out, memory, 0, "sival_int", "sival_ptr");
		text_str(out, "}, ");
	}
	text_str(out, "sigev_signo=");
	if (notify == SIGEV_SIGNAL || notify == SIGEV_THREAD || notify == SIGEV_THREAD_ID)
		flags_text(out, ARG_SIGNAL, memory_u32(memory, 8));
	else
		text_u64(out, memory_u32(memory, 8));
	text_str(out, ", sigev_notify=");
	flags_text(out, ARG_SIGEVENT_NOTIFY, notify);
	if (notify == SIGEV_THREAD_ID)
		text_printf(out, ", sigev_notify_thread_id=%d", memory_s32(memory, 16));
	else if (notify == SIGEV_THREAD) {
		text_str(out, ", sigev_notify_function=");
		pointer_text(out, memory_u64(memory, 16));
		text_str(out, ", sigev_notify_attributes=");
		pointer_text(out, memory_u64(memory, 24));
	}
	text_char(out, '}');
}

/* ---- io_uring ---- */

#define RING(member, name)                                                                                   \
	{                                                                                                    \
#name, offsetof(struct io_uring_params, member.name), 4, FIELD_UNSIGNED, ARG_NONE            \
	}

static void ring_text(struct text *out, struct span memory, const char *name, const struct field *fields)
{
	text_str(out, name);
	fields_text(out, memory, fields);
}

PRINTER(io_uring_params)
{
	static const struct field asked[] = { MEMBER(struct io_uring_params, flags, SYMBOL, IO_URING_SETUP),
		MEMBER(struct io_uring_params, sq_thread_cpu, UNSIGNED, NONE),
		MEMBER(struct io_uring_params, sq_thread_idle, UNSIGNED, NONE), MEMBERS_END };
	static const struct field wq = MEMBER(struct io_uring_params, wq_fd, SIGNED, NONE);
	static const struct field made[] = { MEMBER(struct io_uring_params, sq_entries, UNSIGNED, NONE),
		MEMBER(struct io_uring_params, cq_entries, UNSIGNED, NONE),
		MEMBER(struct io_uring_params, features, SYMBOL, IO_URING_FEATURES), MEMBERS_END };
	static const struct field sq[] = { RING(sq_off, head), RING(sq_off, tail), RING(sq_off, ring_mask),
		RING(sq_off, ring_entries), RING(sq_off, flags), RING(sq_off, dropped), RING(sq_off, array),
		MEMBERS_END };
	static const struct field cq[] = { RING(cq_off, head), RING(cq_off, tail), RING(cq_off, ring_mask),
		RING(cq_off, ring_entries), RING(cq_off, overflow), RING(cq_off, cqes), RING(cq_off, flags),
		MEMBERS_END };
	struct span memory = arg->memory[0];
	fields_open_text(out, memory, asked);
	if (memory_u32(memory, offsetof(struct io_uring_params, flags)) & IORING_SETUP_ATTACH_WQ)
		field_text(out, memory, &wq, false);
	struct span reserved = memory_part(memory, offsetof(struct io_uring_params, resv), 12);
	if (memory_u64(reserved, 0) || memory_u32(reserved, 8)) {
		text_str(out, ", resv=");
		elements_text(out, reserved, 0, 4, one_bits);
	}
	if (call->returned && call->result >= 0) {
		for (const struct field *field = made; field->name; field++)
			field_text(out, memory, field, false);
		ring_text(out, memory, ", sq_off=", sq);
		ring_text(out, memory, ", cq_off=", cq);
	}
	text_char(out, '}');
}

/* ---- the page cache, message queues ---- */

static const struct field range_fields[] = { { "off", 0, 8, FIELD_UNSIGNED, ARG_NONE },
	{ "len", 8, 8, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };

PRINTER(cachestat_range)
{
	fields_text(out, arg->memory[0], range_fields);
}

static const struct field cachestat_fields[] = { { "nr_cache", 0, 8, FIELD_UNSIGNED, ARG_NONE },
	{ "nr_dirty", 8, 8, FIELD_UNSIGNED, ARG_NONE }, { "nr_writeback", 16, 8, FIELD_UNSIGNED, ARG_NONE },
	{ "nr_evicted", 24, 8, FIELD_UNSIGNED, ARG_NONE },
	{ "nr_recently_evicted", 32, 8, FIELD_UNSIGNED, ARG_NONE }, MEMBERS_END };

PRINTER(cachestat)
{
	fields_text(out, arg->memory[0], cachestat_fields);
}

static const struct field queue_fields[] = { { "mq_flags", 0, 8, FIELD_SYMBOL, ARG_QUEUE_FLAGS },
	{ "mq_maxmsg", 8, 8, FIELD_SIGNED, ARG_NONE }, { "mq_msgsize", 16, 8, FIELD_SIGNED, ARG_NONE },
	{ "mq_curmsgs", 24, 8, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };

PRINTER(mq_attr)
{
	fields_text(out, arg->memory[0], queue_fields);
}

static const struct field zone_fields[] = { { "tz_minuteswest", 0, 4, FIELD_SIGNED, ARG_NONE },
	{ "tz_dsttime", 4, 4, FIELD_SIGNED, ARG_NONE }, MEMBERS_END };

PRINTER(timezone)
{
	fields_text(out, arg->memory[0], zone_fields);
}
