// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The system-call layer. At the exit of a call its arguments are still in the registers, its paths have been
 * faulted in, and its result is known: one hook is enough. The hook at the entry only takes the time, and is
 * attached only where durations are asked for.
 */
#include "copy.h"
#include "call.h"
#include "call_ring.h"
#include "call_times.h"
#include "file.h"
#include "stack.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NR_WRITE        1 /* fprintf(stderr) has 8 KiB of its own on the stack */
#define NR_RT_SIGRETURN 15
#define NR_EXIT         60
#define NR_EXECVE       59
#define NR_EXECVEAT     322
#define NR_EXIT_GROUP   231

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SYSCALL_MAX);
	__type(key, u32);
	__type(value, struct call_count);
} call_counts SEC(".maps");

static __always_inline void call_count(u32 nr, long result, u64 duration_ns)
{
	struct call_count *count = bpf_map_lookup_elem(&call_counts, &nr);
	if (!count)
		return;
	count->calls++;
	if (result < 0 && result >= -4095)
		count->errors++;
	if (duration_ns == NO_DURATION)
		return;
	count->total_ns += duration_ns;
	if (duration_ns > count->max_ns)
		count->max_ns = duration_ns;
}

/* What is known of a call that returns. */
struct call_end {
	struct file_at file;
	s64 result;
	u64 enter_ns;
	u32 nr;
	u32 stack;
};

/* Fills the part that all calls have, and counts it. */
static __always_inline void call_fill(
	struct event_syscall *call, const struct pt_regs *regs, const struct call_end *end)
{
	call->args[0] = regs->di;
	call->args[1] = regs->si;
	call->args[2] = regs->dx;
	call->args[3] = regs->r10;
	call->args[4] = regs->r8;
	call->args[5] = regs->r9;
	call->result = end->result;
	call->duration_ns = end->enter_ns > ENTER_UNKNOWN ? call->head.time_ns - end->enter_ns : NO_DURATION;
	call->file = end->file;
	call->nr = end->nr;
	call->more = 0;
	call->stack = end->stack;
	if (count_calls)
		call_count(end->nr, end->result, call->duration_ns);
}

/* Counts a call that has no record. */
static __always_inline void call_count_only(const struct call_end *end)
{
	u32 zero = 0;
	struct cpu_state *cpu = bounded ? bpf_map_lookup_elem(&cpu_states, &zero) : NULL;
	if (cpu)
		cpu->calls++;
	if (!count_calls)
		return;
	bool timed = end->enter_ns > ENTER_UNKNOWN;
	u64 now = timed ? bpf_ktime_get_ns() : 0;
	call_count(end->nr, end->result, timed ? now - end->enter_ns : NO_DURATION);
	if (timed && spread_calls)
		call_time(end->nr, now, now - end->enter_ns);
}

/* Finds the file of a descriptor, and tells its path where that is news. */
static __always_inline void call_file(struct task_struct *task, struct task_state *state, s64 fd, bool opened,
	struct file_at *at, const bool cast)
{
	struct file *file = file_of(task, (s32)fd, cast);
	if (!file)
		return;
	file_identify(file, at, cast);
	/* most calls are on the file of the call before */
	u64 mark = at->id.ino ^ (u64)at->id.dev << 40;
	if (mark == state->seen_file && !opened)
		return;
	file_tell((u64)file, at->id.ino, at->id.dev, at->id.mode, opened);
	state->seen_file = mark;
}

/* Reads a path argument to bytes[at]; returns what goes into string_bytes. */
static __always_inline u16 call_string(struct scratch *scratch, u32 at, u64 address)
{
	if (at > PATH_BYTES)
		return 0;
	long got = bpf_probe_read_user_str(&scratch->bytes[at], PATH_BYTES, (const void *)address);
	if (got < 0)
		return 0;
	if (got == 0) /* Linux before 6.13 does not count the zero byte of an empty string */
		return STRING_HERE;
	return STRING_HERE | ((got - 1) & (PATH_BYTES - 1)) | (got == PATH_BYTES ? STRING_CUT : 0);
}

/* True if a call has a short record, or would have one without these flags. */
static __always_inline bool call_is_plain(const volatile struct call_spec *spec, u8 without)
{
	const u8 more = CALL_RETURNS_FD | CALL_FILLS_PAIR | CALL_COPIES;
	return spec->path_arg < 0 && spec->fd_arg2 < 0 && !(spec->flags & more & ~without);
}

/* Finds the files of a call's other descriptors: a returned one, a pair, or the second that was passed. */
static __always_inline void call_others(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, struct call_end *end, struct file_at *other)
{
	const volatile struct call_spec *spec = &call_specs[end->nr % SYSCALL_MAX];
	bool opened = spec->flags & CALL_OPENS;
	s32 pair[2] = { -1, -1 };
	if (spec->flags & CALL_FILLS_PAIR) {
		if (end->result == 0)
			bpf_probe_read_user(pair, sizeof(pair),
				(void *)call_arg(regs, call_copies[end->nr % SYSCALL_MAX].block[0].arg));
		call_file(task, state, pair[0], true, &end->file, false);
		opened = true;
	} else if (spec->flags & CALL_RETURNS_FD) {
		pair[1] = end->result;
	} else if (spec->fd_arg2 >= 0) {
		pair[1] = call_arg(regs, spec->fd_arg2);
	}
	call_file(task, state, pair[1], opened, other, false);
}

/* True if there is no room for a call in the ring of its CPU, if that has one. */
static __always_inline bool call_is_lost(struct call_ring *ring, const struct call_end *end)
{
	if (!ring || !call_ring_full(ring))
		return false;
	call_count_only(end);
	return true;
}

/* A call without more; `ring`: that of its CPU, which has room, or NULL. */
static __always_inline int call_short(
	struct call_ring *ring, struct pt_regs *regs, struct task_struct *task, const struct call_end *end)
{
	struct event_syscall *record =
		ring ? call_ring_reserve(ring, task) : event_reserve(task, EVENT_SYSCALL, sizeof(*record));
	if (!record) {
		call_count_only(end);
		return 0;
	}
	call_fill(record, regs, end);
	if (ring)
		call_ring_submit(ring, record);
	else
		event_submit(record, false);
	return 0;
}

/* A call with paths, with a second descriptor, or with what its arguments point to. Not inlined: the many
 * calls without stay short. Casts nothing, since it belongs to both twins. */
static __noinline int call_more(
	struct pt_regs *regs, struct task_struct *task, struct task_state *state, struct call_end *end)
{
	const u32 nr = end->nr; /* bounded once: *end is also others' to change */
	if (nr >= SYSCALL_MAX)
		return 0;
	const volatile struct call_spec *spec = &call_specs[nr];
	struct file_at other = {};
	call_others(regs, task, state, end, &other);
	if (!(spec->flags & CALL_WANTED))
		return 0;

	struct scratch *scratch = scratch_get();
	if (!scratch)
		return 0;
	u16 paths[2] = {}, blocks[CALL_BLOCKS] = {};
	u32 len = 0;
	/* after an exec the caller's memory is gone: its path is in the exec event */
	bool gone = (nr == NR_EXECVE || nr == NR_EXECVEAT) && end->result == 0;
	if (spec->path_arg >= 0 && !gone) {
		paths[0] = call_string(scratch, 0, call_arg(regs, spec->path_arg));
		len = paths[0] & (PATH_BYTES - 1);
	}
	if (spec->path_arg2 >= 0) {
		paths[1] = call_string(scratch, len, call_arg(regs, spec->path_arg2));
		len += paths[1] & (PATH_BYTES - 1);
	}
	if (spec->flags & CALL_COPIES && detail == DETAIL_ALL) {
		for (u32 i = 0; i < CALL_BLOCKS && call_copies[nr].block[i].limit; i++) {
			blocks[i] = call_block(nr, i, len, end->result);
			len += blocks[i] & (BLOCK_BYTES - 1);
		}
		/* a lock that is free, a limit that is not asked for */
		if (call_is_plain(spec, CALL_COPIES) && !(blocks[0] | blocks[1] | blocks[2] | blocks[3])) {
			struct call_ring *ring = call_ring_get();
			return call_is_lost(ring, end) ? 0 : call_short(ring, regs, task, end);
		}
	}
	struct event_syscall_more *record;
	EVENT_WITH_STRINGS(record, struct event_syscall_more, task, EVENT_SYSCALL, scratch->bytes, len);
	if (!record) {
		call_count_only(end);
		return 0;
	}
	call_fill(&record->call, regs, end);
	record->call.more = 1;
	record->other = other;
	for (int i = 0; i < 2; i++)
		record->string_bytes[i] = paths[i];
	for (int i = 0; i < CALL_BLOCKS; i++)
		record->block_bytes[i] = blocks[i];
	event_submit(record, false);
	return 0;
}

static __always_inline int call_event(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, struct call_end *end, const bool cast)
{
	const u32 nr = end->nr;
	if (nr >= SYSCALL_MAX) /* as it was stored, the verifier has forgotten it */
		return 0;
	const volatile struct call_spec *spec = &call_specs[nr];
	bool plain = call_is_plain(spec, 0);
	struct call_ring *ring = plain ? call_ring_get() : NULL;
	if (call_is_lost(ring, end))
		return 0;
	if (spec->fd_arg >= 0)
		call_file(task, state, call_arg(regs, spec->fd_arg), false, &end->file, cast);
	return plain ? call_short(ring, regs, task, end) : call_more(regs, task, state, end);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	if ((u64)id >= SYSCALL_MAX || !(call_specs[id].flags & CALL_WANTED))
		return 0;
	struct task_state *state = task_state_get(bpf_get_current_task_btf());
	if (state)
		state->enter_ns = bpf_ktime_get_ns();
	return 0;
}

/* The number of the call that ends. rt_sigreturn has just put the interrupted code's registers back, with -1
 * there. */
static __always_inline u64 call_number(const struct pt_regs *regs)
{
	return regs->orig_ax == -1ul ? NR_RT_SIGRETURN : regs->orig_ax;
}

static __always_inline int sys_exit(struct pt_regs *regs, long result, const bool cast)
{
	u64 nr = call_number(regs);
	if (nr >= SYSCALL_MAX)
		return 0;
	u8 flags = call_specs[nr].flags;
	if (!(flags & (CALL_WANTED | CALL_OPENS)))
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state))
		return 0;
	if (task->thread_info.status & TS_COMPAT) {
		event_lost(EVENT_SYSCALL, LOST_ABI32);
		return 0;
	}
	struct call_end end = { .result = result, .enter_ns = state->enter_ns, .nr = nr };
	state->enter_ns = 0;
	if (state->flags & TASK_NEWBORN) {
		__sync_fetch_and_and(&state->flags, ~TASK_NEWBORN); /* others may mark it at this moment */
		if (flags & CALL_FORKS && result == 0)
			return 0; /* the child's return from the call that made it */
	}
	/* after an exec the stack is the new program's */
	bool executed = (nr == NR_EXECVE || nr == NR_EXECVEAT) && result == 0;
	bool emit = emit_calls && detail < DETAIL_COUNT;
	if (emit && stack_bytes && flags & CALL_WANTED && !executed)
		end.stack = stack_tell(false, nr == NR_WRITE);
	if (emit)
		return call_event(regs, task, state, &end, cast);
	if (flags & CALL_WANTED)
		call_count_only(&end);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	return sys_exit(regs, result, true);
}

/* Its twin, for Linux before 6.2. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit_no_cast, struct pt_regs *regs, long result)
{
	return sys_exit(regs, result, false);
}

/* exit and exit_group do not return: their call is seen where the task ends. Whoever ends otherwise is not in
 * one. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_call, struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state))
		return 0;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 nr = regs->orig_ax;
	if ((nr != NR_EXIT && nr != NR_EXIT_GROUP) || !(call_specs[nr].flags & CALL_WANTED))
		return 0;
	struct call_end end = { .nr = nr };
	if (stack_bytes)
		end.stack = stack_tell(false, false);
	if (!emit_calls) {
		call_count_only(&end);
		return 0;
	}
	struct call_ring *ring = call_ring_get();
	return call_is_lost(ring, &end) ? 0 : call_short(ring, regs, task, &end);
}
