// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The phase layer: functions and USDT probes of programs that have none of libpagedbundle's, as a map of probes names
 * them (docs/probes.md). A start is remembered in the state of its task; the end makes the record. The task's own
 * counters in the kernel tell what it read and how often it faulted in between: no other hook is needed for that.
 */
#include "phase.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The newest phase of that number; `sp`: of those that began with this stack pointer, 0: of all. NULL: there is none. */
static __always_inline struct phase_frame *frame_find(struct phase_frames *frames, u16 number, u64 sp)
{
	struct phase_frame *found = NULL;
	u64 newest = 0;
	for (u32 i = 0; i < PHASE_DEPTH; i++) {
		struct phase_frame *frame = &frames->frames[i];
		if (frame->phase != number || frame->time_ns <= newest || (sp && frame->sp != sp))
			continue;
		newest = frame->time_ns;
		found = frame;
	}
	return found;
}

/*
 * A frame for one more. Where all are taken: that of a function which was left without its return being seen (by an
 * exception or a jump), whose stack pointer is below; else the oldest one, whose end will have no start.
 */
static __always_inline struct phase_frame *frame_new(struct phase_frames *frames, u64 sp)
{
	struct phase_frame *oldest = &frames->frames[0];
	for (u32 i = 0; i < PHASE_DEPTH; i++) {
		struct phase_frame *frame = &frames->frames[i];
		if (!frame->time_ns || frame->sp < sp)
			return frame;
		if (frame->time_ns < oldest->time_ns)
			oldest = frame;
	}
	return oldest;
}

static __always_inline void read_args(struct pt_regs *ctx, struct phase_site *site, u64 args[PHASE_ARGS])
{
	for (u32 i = 0; i < PHASE_ARGS; i++)
		if (site->args[i].from != PHASE_FROM_NOWHERE)
			args[i] = phase_value(ctx, &site->args[i]);
}

static __always_inline struct event_phase *phase_record(struct task_struct *task, bool with_string)
{
	if (with_string)
		return event_reserve(task, EVENT_PHASE, offsetof(struct event_phase, strings) + PHASE_STRING);
	return event_reserve(task, EVENT_PHASE, offsetof(struct event_phase, strings));
}

/* Fills what a phase has that began; its frame is free afterwards. */
static __always_inline void fill_from_frame(
	struct event_phase *record, struct phase_frame *frame, struct task_struct *task)
{
	for (u32 i = 0; i < PHASE_ARGS; i++)
		record->args[i] = frame->args[i];
	record->duration_ns = record->head.time_ns - frame->time_ns;
	record->major = (u64)task->maj_flt - frame->major;
	record->minor = (u64)task->min_flt - frame->minor;
	if (counts_reads(task)) {
		record->flags |= PHASE_READS;
		record->reads = task->ioac.syscr - frame->reads;
		record->read_bytes = task->ioac.rchar - frame->read_bytes;
	}
	if (counts_storage(task)) {
		record->flags |= PHASE_STORAGE;
		record->storage_bytes = task->ioac.read_bytes - frame->storage_bytes;
	}
	record->string_bytes = frame->string_bytes;
}

static __always_inline void fill_nothing(struct event_phase *record, u16 number, u16 flags)
{
	for (u32 i = 0; i < PHASE_ARGS; i++)
		record->args[i] = 0;
	record->duration_ns = NO_DURATION;
	record->result = 0;
	record->reads = record->read_bytes = record->storage_bytes = 0;
	record->major = record->minor = 0;
	record->phase = number;
	record->flags = flags;
	record->string_bytes = 0;
}

static __always_inline void phase_submit(struct event_phase *record)
{
	record->head.size = offsetof(struct event_phase, strings) + (record->string_bytes & STRING_LENGTH);
	event_submit(record, false);
}

/* The string of a phase: read at its start, or now. */
static __always_inline void fill_string(struct pt_regs *ctx, struct event_phase *record,
	struct phase_site *site, const struct phase_frame *frame)
{
	if (site->string.from != PHASE_FROM_NOWHERE)
		phase_string(record->strings, &record->string_bytes, phase_value(ctx, &site->string));
	else if (frame && frame->string_bytes)
		bpf_probe_read_kernel(record->strings, PHASE_STRING, frame->string);
	else if (frame && frame->string_at)
		phase_string(record->strings, &record->string_bytes, frame->string_at);
}

/* The end of a phase, or a point: `frame` NULL: its start was not observed, or it has none. */
static __always_inline void phase_emit_sized(struct pt_regs *ctx, struct task_struct *task,
	struct phase_site *site, struct phase_frame *frame, const bool string)
{
	struct event_phase *record = phase_record(task, string);
	if (!record)
		return;
	fill_nothing(record, site->phase, site->role == PHASE_POINT ? PHASE_IS_POINT : 0);
	if (frame)
		fill_from_frame(record, frame, task);
	else if (site->role == PHASE_DONE)
		record->flags |= PHASE_UNSTARTED;
	read_args(ctx, site, record->args);
	record->result = phase_value(ctx, &site->result);
	if (string)
		fill_string(ctx, record, site, frame);
	phase_submit(record);
}

static __always_inline void phase_emit(
	struct pt_regs *ctx, struct task_struct *task, struct phase_site *site, struct phase_frame *frame)
{
	if (site->string.from != PHASE_FROM_NOWHERE || (frame && (frame->string_bytes || frame->string_at)))
		phase_emit_sized(ctx, task, site, frame, true);
	else
		phase_emit_sized(ctx, task, site, frame, false);
	if (frame)
		frame->time_ns = 0;
}

static __always_inline void phase_start(
	struct pt_regs *ctx, struct task_struct *task, struct phase_site *site)
{
	struct phase_frames *frames =
		bpf_task_storage_get(&phase_tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!frames) {
		event_lost(EVENT_PHASE, LOST_STATE);
		return;
	}
	struct phase_frame *frame = frame_new(frames, ctx->sp);
	frame->phase = site->phase;
	frame->sp = ctx->sp;
	frame->string_bytes = 0;
	frame->string_at = 0;
	for (u32 i = 0; i < PHASE_ARGS; i++)
		frame->args[i] = 0;
	read_args(ctx, site, frame->args);
	if (site->string.from != PHASE_FROM_NOWHERE) {
		u64 address = phase_value(ctx, &site->string);
		if (!phase_string(frame->string, &frame->string_bytes, address))
			frame->string_at = address;
	}
	phase_note_task(frame, task);
	frame->time_ns = bpf_ktime_get_ns();
}

/* The site that a probe's cookie names; NULL: the task is not traced. */
static __always_inline struct phase_site *site_of(struct pt_regs *ctx, struct task_struct *task)
{
	u32 number = bpf_get_attach_cookie(ctx);
	if (!task_is_traced(task_state_get(task)))
		return NULL;
	return bpf_map_lookup_elem(&phase_sites, &number);
}

static __always_inline int phase_hit(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct phase_site *site = site_of(ctx, task);
	struct phase_frames *frames;
	struct phase_frame *frame;
	if (!site)
		return 0;
	switch (site->role) {
	case PHASE_START:
		phase_start(ctx, task, site);
		break;
	case PHASE_DONE:
	case PHASE_DONE_IF_STARTED:
		frames = bpf_task_storage_get(&phase_tasks, task, NULL, 0);
		frame = frames ? frame_find(frames, site->phase, 0) : NULL;
		if (frame || site->role == PHASE_DONE)
			phase_emit(ctx, task, site, frame);
		break;
	default:
		phase_emit(ctx, task, site, NULL);
	}
	return 0;
}

/* A function has returned: the stack pointer is past the return address, to which it pointed at the entry. */
static __always_inline int phase_returned(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct phase_site *site = site_of(ctx, task);
	if (!site)
		return 0;
	struct phase_frames *frames = bpf_task_storage_get(&phase_tasks, task, NULL, 0);
	phase_emit(ctx, task, site, frames ? frame_find(frames, site->phase, ctx->sp - sizeof(u64)) : NULL);
	return 0;
}

/* Attached with one link for all sites of a file (multi), or each site with its own. */
SEC("?uprobe")
int phase_probe_multi(struct pt_regs *ctx)
{
	STACK_OF_TASK(ctx, no_programs_multi);
	return phase_hit(ctx);
}

SEC("?uretprobe")
int phase_return_multi(struct pt_regs *ctx)
{
	STACK_OF_TASK(ctx, no_programs_multi);
	return phase_returned(ctx);
}

SEC("?uprobe")
int phase_probe(struct pt_regs *ctx)
{
	STACK_OF_TASK(ctx, no_programs);
	return phase_hit(ctx);
}

SEC("?uretprobe")
int phase_return(struct pt_regs *ctx)
{
	STACK_OF_TASK(ctx, no_programs);
	return phase_returned(ctx);
}

/* ---- the end of the trace ---- */

static __always_inline void emit_unfinished_phase(struct task_struct *task, struct phase_frame *frame)
{
	struct event_phase *record = phase_record(task, true);
	if (!record)
		return;
	fill_nothing(record, frame->phase, PHASE_UNFINISHED);
	fill_from_frame(record, frame, task);
	if (frame->string_bytes)
		bpf_probe_read_kernel(record->strings, PHASE_STRING, frame->string);
	phase_submit(record);
}

/* Phases that have not ended, once the trace is over. Not those below the task's stack pointer: the function was left
 * without its return being seen. */
SEC("?iter/task")
int emit_unfinished_phases(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task)
		return 0;
	struct phase_frames *frames = bpf_task_storage_get(&phase_tasks, task, NULL, 0);
	if (!frames)
		return 0;
	u64 sp = ((struct pt_regs *)bpf_task_pt_regs(task))->sp;
	for (u32 i = 0; i < PHASE_DEPTH; i++)
		if (frames->frames[i].time_ns && frames->frames[i].sp >= sp)
			emit_unfinished_phase(task, &frames->frames[i]);
	return 0;
}
