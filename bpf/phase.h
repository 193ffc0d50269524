/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Phases that have begun, by task; what a probe's arguments are is told by its site (struct phase_site). */
#ifndef BPF_PHASE_H
#define BPF_PHASE_H

#include "app.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PHASE_SITES_MAX);
	__type(key, u32);
	__type(value, struct phase_site);
} phase_sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct phase_frames);
} phase_tasks SEC(".maps");

static __always_inline u64 register_at(struct pt_regs *ctx, u16 offset)
{
	u64 value = 0;
	if (offset <= sizeof(struct pt_regs) - sizeof(value))
		bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + offset);
	return value;
}

/* `bytes` is at most 8. */
static __always_inline u64 memory_at(u64 address, u32 bytes)
{
	u64 value = 0;
	barrier_var(bytes); /* the mask is the verifier's proof */
	bytes &= 15;
	if (bytes > sizeof(value))
		bytes = sizeof(value);
	bpf_probe_read_user(&value, bytes, (void *)address);
	return value;
}

/* A value of `bytes` bytes as one of eight. */
static __always_inline u64 widened(u64 value, u32 bytes, bool is_signed)
{
	u32 unused = (64 - bytes * 8) & 63;
	return is_signed ? (u64)((s64)(value << unused) >> unused) : value << unused >> unused;
}

/* Not inlined, so that the verifier need not follow it in each turn of a loop on its own. */
static __noinline u64 phase_value(struct pt_regs *ctx, const struct phase_value *from)
{
	if (!from || from->from == PHASE_FROM_NOWHERE)
		return 0;
	u64 value = from->number;
	if (from->from == PHASE_FROM_REGISTER)
		value = register_at(ctx, from->base);
	if (from->from == PHASE_FROM_MEMORY) {
		value += register_at(ctx, from->base);
		if (from->indexed)
			value += register_at(ctx, from->index) << ((from->indexed - 1) & 3);
		value = memory_at(value, from->bytes);
	}
	return widened(value, from->bytes, from->is_signed);
}

/* Reads the string at `address`. False: it cannot be read now, as its page has not been touched. */
static __always_inline bool phase_string(char *to, u16 *bytes, u64 address)
{
	long got = bpf_probe_read_user_str(to, PHASE_STRING, (void *)address);
	*bytes = 0;
	if (got < 0)
		return false;
	/* 0: an empty string, on Linux before 6.13 */
	*bytes = STRING_HERE | (got ? got - 1 : 0) | (got == PHASE_STRING ? STRING_CUT : 0);
	return true;
}

/* What the task has done so far; false: this kernel does not count it. */
static __always_inline bool counts_reads(struct task_struct *task)
{
	return bpf_core_field_exists(task->ioac.syscr);
}

static __always_inline bool counts_storage(struct task_struct *task)
{
	return bpf_core_field_exists(task->ioac.read_bytes);
}

static __always_inline void phase_note_task(struct phase_frame *frame, struct task_struct *task)
{
	frame->major = task->maj_flt;
	frame->minor = task->min_flt;
	frame->reads = frame->read_bytes = frame->storage_bytes = 0;
	if (counts_reads(task)) {
		frame->reads = task->ioac.syscr;
		frame->read_bytes = task->ioac.rchar;
	}
	if (counts_storage(task))
		frame->storage_bytes = task->ioac.read_bytes;
}

#endif
