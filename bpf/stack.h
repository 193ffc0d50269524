/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The user stack of the current task, emitted right before the event that it belongs to. User space unwinds it,
 * since that needs the call-frame information of the binaries. */
#ifndef BPF_STACK_H
#define BPF_STACK_H

#include "core.h"

#define PAGE_BYTES 4096

/* Settings, like those of core.h. */
extern const volatile __u32 stack_bytes;  /* bytes to copy from the stack pointer on; 0: no stacks */
extern const volatile __u32 stack_frames; /* maximum number of return addresses found by frame pointers */

/* Limit of the first thread's stack, by default; those of other threads are further from its end. */
#define FIRST_STACK_MAX (8 << 20)

/* User space has met stacks that were cut before the program's own code: copy as much as there is room for. */
extern __u32 stack_deeper;

/* Bytes copied while the ring is more than half full. */
#define STACK_BYTES_THIN 1024

/* Copies the readable start of the range: all of it, or up to the end of a page, since the stack may end within
 * the range. Returns the number of bytes. */
static __always_inline u64 stack_copy_front(char *to, u64 from, u64 bytes, const u64 room)
{
	u64 end = from + bytes;
	for (u64 i = 0; i <= room / PAGE_BYTES + 1; i++) {
		bytes = end - from;
		if (end <= from || bytes > room)
			return 0;
		if (bpf_probe_read_user(to, bytes, (void *)from) == 0)
			return bytes;
		end = (end - 1) & ~(u64)(PAGE_BYTES - 1);
	}
	return 0;
}

/* Copies `bytes` bytes, or as many as are readable. Pages within a large frame that were never touched are
 * skipped: they contain nothing. Returns the offset of the end of the last bytes copied. */
static __always_inline u32 stack_copy(char *to, u64 from, u64 bytes, const u64 room)
{
	u64 copied = stack_copy_front(to, from, bytes, room), at = copied;
	for (u64 i = 0; i < room / PAGE_BYTES; i++) {
		barrier_var(at); /* otherwise the next value is computed before this one is
				    checked, which Linux 6.1 refuses */
		if (at > room - PAGE_BYTES || at + PAGE_BYTES > bytes)
			break;
		if (bpf_probe_read_user(to + at, PAGE_BYTES, (void *)(from + at)) == 0)
			copied = at + PAGE_BYTES;
		at += PAGE_BYTES;
	}
	return copied;
}

/* Follows the frame pointers as long as they ascend. Returns the number of return addresses found. (The kernel's
 * own walk, bpf_get_task_stack(), takes five times as long.) */
static __always_inline u32 stack_walk(u64 *to, const struct pt_regs *regs)
{
	struct {
		u64 bp, ip;
	} frame = { regs->bp, 0 };
	u64 below = regs->sp;
	u32 count = 0;
	for (; count < stack_frames; count++) {
		u64 at = frame.bp;
		if (at < below || at & 7 || bpf_probe_read_user(&frame, sizeof(frame), (void *)at) ||
			!frame.ip)
			break;
		to[count] = frame.ip;
		below = at + sizeof(frame);
	}
	return count;
}

/* A mark that links a stack to its event, different from those of the task's other stacks; never 0 and never
 * STACK_LEFT_OUT. */
static __always_inline u32 stack_mark(u64 time_ns)
{
	return (u32)time_ns | 1;
}

/* The number of bytes to copy, at most `bytes`, as far as the ring has room. Stacks use three quarters of it, so
 * that they never take the room of an event. 0: no stack. */
static __always_inline u64 stack_bytes_now(u64 bytes)
{
	void *ring = event_ring();
	u64 filled = ring ? bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) : 0;
	if (!ring || filled > 3ULL * wake_bytes)
		return 0;
	return filled > 2ULL * wake_bytes && bytes > STACK_BYTES_THIN ? STACK_BYTES_THIN : bytes;
}

/* Reserves a record like event_reserve(); one that does not fit is no lost event. */
static __always_inline struct event_user_stack *stack_reserve(struct task_struct *task, const u64 bytes)
{
	void *ring = event_ring();
	struct event_user_stack *record = ring ? bpf_ringbuf_reserve(ring, bytes, 0) : NULL;
	if (record)
		event_stamp(&record->head, task, EVENT_USER_STACK, bytes);
	return record;
}

/* Emits the stack in a record with `room` bytes for it, a constant, as the verifier requires. */
static __always_inline u32 stack_emit_sized(
	struct task_struct *task, const struct pt_regs *regs, bool probe, u64 bytes, const u64 room)
{
	const u64 size = sizeof(struct event_user_stack) + room;
	if (bytes > room)
		bytes = room;
	struct event_user_stack *record = stack_reserve(task, size + 8 * stack_frames);
	if (!record)
		return STACK_LEFT_OUT;
	record->ip = regs->ip;
	record->sp = regs->sp;
	record->bp = regs->bp;
	record->bx = regs->bx;
	record->r12 = regs->r12;
	record->r13 = regs->r13;
	record->r14 = regs->r14;
	record->r15 = regs->r15;
	record->room = room;
	record->probe = probe;
	record->bytes = stack_copy(record->stack, regs->sp, bytes, room);
	record->frames = stack_walk((u64 *)(record->stack + room), regs);
	record->head.size = record->frames ? size + 8 * record->frames : sizeof(*record) + record->bytes;
	u32 mark = stack_mark(record->head.time_ns);
	event_submit(record, false);
	return mark;
}

/*
 * Emits the stack of the current task. The end of the first thread's stack is known: all of it is copied, up to the
 * maximum. Otherwise stack_bytes are copied, or the maximum if the stack is `deep`; less while the ring fills up.
 * `probe`: the event is that of a probe. Returns the value for the event's member `stack`. Not static, so that it is
 * verified once and not for every caller.
 */
__weak int stack_emit(bool probe, bool deep)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 bytes = (deep || stack_deeper) && !stack_frames ? STACK_BYTES_MAX : stack_bytes,
	    end = task->mm->start_stack;
	u64 depth = regs->sp < end ? end - regs->sp : FIRST_STACK_MAX;
	if (depth <= (stack_frames ? stack_bytes : STACK_BYTES_MAX))
		bytes = depth;
	else if (depth < FIRST_STACK_MAX && !stack_frames)
		bytes = STACK_BYTES_MAX;
	bytes = stack_bytes_now(bytes);
	if (bytes == 0)
		return STACK_LEFT_OUT;
	/* sizes close enough to each other that little of the ring is wasted */
	if (bytes <= 512)
		return stack_emit_sized(task, regs, probe, bytes, 512);
	if (bytes <= 1024)
		return stack_emit_sized(task, regs, probe, bytes, 1024);
	if (bytes <= 2048)
		return stack_emit_sized(task, regs, probe, bytes, 2048);
	if (bytes <= 4096)
		return stack_emit_sized(task, regs, probe, bytes, 4096);
	if (bytes <= 6144)
		return stack_emit_sized(task, regs, probe, bytes, 6144);
	if (bytes <= 8192)
		return stack_emit_sized(task, regs, probe, bytes, 8192);
	if (bytes <= 12288)
		return stack_emit_sized(task, regs, probe, bytes, 12288);
	return stack_emit_sized(task, regs, probe, bytes, STACK_BYTES_MAX);
}

#endif
