/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * A system call that returns, as it is counted and emitted: as a plain record or as one with its paths, its other file and
 * the memory at its arguments.
 */
#ifndef BPF_CALL_EMIT_H
#define BPF_CALL_EMIT_H

#include "argv.h"
#include "call_io.h"
#include "call_ring.h"
#include "call_times.h"
#include "copy.h"
#include "stack.h"
#include "stack_skip.h"

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

/* Fills the part that all call records have, and counts the call. */
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

/* Counts a call for which no record is emitted. Returns when it ended; 0: its duration is not known. */
static __always_inline u64 call_count_only(const struct call_end *end)
{
	u32 zero = 0;
	struct cpu_state *cpu = bounded ? bpf_map_lookup_elem(&cpu_states, &zero) : NULL;
	if (cpu)
		cpu->calls++;
	if (!count_calls)
		return 0;
	bool timed = end->enter_ns > ENTER_UNKNOWN;
	u64 now = timed ? bpf_ktime_get_ns() : 0;
	call_count(end->nr, end->result, timed ? now - end->enter_ns : NO_DURATION);
	if (timed && spread_calls)
		call_time(end->nr, now, now - end->enter_ns);
	return now;
}

/* Reads a path argument into bytes[at] of the scratch buffer; returns its entry for string_bytes. Not static, so that it is
 * verified once: the caller's other paths then do not depend on what it read. */
__weak int call_string(u32 at, u64 address)
{
	struct scratch *scratch = scratch_get();
	if (!scratch || at > PATH_BYTES)
		return 0;
	char *to = (char *)&scratch->bytes[at];
	barrier_var(to); /* as in call_block() */
	long got = bpf_probe_read_user_str(to, PATH_BYTES, (const void *)address);
	if (got < 0)
		return 0;
	if (got == 0) /* Linux before 6.13 does not count the zero byte of an empty string */
		return STRING_HERE;
	char last = 0; /* of the longest paths only the byte where their end should be tells whether it is */
	if (got == PATH_BYTES && bpf_probe_read_user(&last, sizeof(last), (void *)(address + PATH_BYTES - 1)))
		last = 1;
	return STRING_HERE | ((got - 1) & (PATH_BYTES - 1)) | (last ? STRING_CUT : 0);
}

/* Stores the number of variables in an environment at bytes[at]; returns its entry for block_bytes. */
static __always_inline u16 call_variables(struct scratch *scratch, u32 at, u64 envp)
{
	int variables = vector_count(envp);
	if (variables < 0 || at > SCRATCH_BYTES)
		return 0;
	bpf_probe_read_kernel(&scratch->bytes[at], sizeof(variables), &variables);
	return STRING_HERE | sizeof(variables);
}

/* True if a call's record is a plain event_syscall, ignoring the flags in `without`. */
static __always_inline bool call_is_plain(const volatile struct call_spec *spec, u16 without)
{
	const u16 more = CALL_RETURNS_FD | CALL_FILLS_PAIR | CALL_COPIES;
	return spec->path_arg < 0 && spec->fd_arg2 < 0 && !(spec->flags & more & ~without);
}

/* Finds the files of a call's other descriptors: a returned one, a pair, or the second one passed. */
static __always_inline void call_other_files(
	const struct scratch *scratch, struct task_state *state, struct call_end *end, struct file_at *other)
{
	const volatile struct call_spec *spec = &call_specs[end->nr % SYSCALL_MAX];
	u32 flags = spec->flags & CALL_OPENS ? OTHER_OPENED : 0;
	s32 pair[2] = { -1, -1 };
	if (spec->flags & CALL_FILLS_PAIR) {
		if (end->result == 0)
			bpf_probe_read_user(pair, sizeof(pair),
				(void *)scratch_arg(
					scratch, call_copies[end->nr % SYSCALL_MAX].block[0].arg));
		flags = OTHER_OPENED;
		call_other_file(state, scratch, &end->file, pair[0], flags | OTHER_FRESH, end->enter_ns);
	} else if (spec->flags & CALL_RETURNS_FD) {
		pair[1] = end->result;
	} else if (spec->fd_arg2 >= 0) {
		pair[1] = scratch_arg(scratch, spec->fd_arg2);
	}
	if (spec->flags & (CALL_RETURNS_FD | CALL_FILLS_PAIR))
		flags |= OTHER_FRESH;
	if (spec->flags & CALL_CLOSES) /* dup2, dup3: the result is of the same file as the first */
		*other = state->closes.id.ino || end->result < 0 ? state->closes : end->file;
	else
		call_other_file(state, scratch, other, pair[1], flags, end->enter_ns);
}

/* True, and the call is counted, if its CPU has a ring of calls and that is full. */
static __always_inline bool call_is_lost(struct call_ring *ring, const struct call_end *end)
{
	if (!ring || !call_ring_full(ring))
		return false;
	call_count_only(end);
	return true;
}

/* True if no selection shows the call: it is on other files. Which ones a path leads to is known to user space only. */
static __always_inline bool call_stack_is_skipped(const struct call_end *end, const struct file_id *other)
{
	const volatile struct call_spec *spec = &call_specs[end->nr % SYSCALL_MAX];
	if (spec->flags & CALL_UNSELECTED)
		return true;
	if (spec->path_arg >= 0 || (spec->fd_arg < 0 && spec->fd_arg2 < 0))
		return false;
	return stack_file_is_skipped(&end->file.id) && (!other || stack_file_is_skipped(other));
}

/* Emits the stack that led to a call, right before the call itself, once it is clear that the call is emitted. `other`:
 * its other file, or NULL. */
static __always_inline void call_stack(struct call_end *end, const struct file_id *other)
{
	/* after an exec the stack is that of the new program */
	bool executed = (end->nr == NR_EXECVE || end->nr == NR_EXECVEAT) && end->result == 0;
	if (!stack_bytes || executed)
		return;
	bool skipped = stacks_selected && call_stack_is_skipped(end, other);
	/* the stacks of write are deep: fprintf(stderr) has a buffer of 8 KiB on the stack */
	end->stack = skipped ? STACK_LEFT_OUT : stack_emit(false, end->nr == NR_WRITE);
}

/* Emits a plain call. `ring`: that of its CPU, which is not full; NULL: use the BPF ring buffer. */
static __always_inline int call_emit_plain(struct call_ring *ring, struct pt_regs *regs,
	struct task_struct *task, struct task_state *state, const struct call_end *end)
{
	struct event_syscall *record =
		ring ? call_ring_reserve(ring, task) : event_reserve(task, EVENT_SYSCALL, sizeof(*record));
	if (!record) {
		call_count_only(end);
		return 0;
	}
	call_fill(record, regs, end);
	descriptors_seen(state, record->head.time_ns);
	if (ring)
		call_ring_submit(ring, record);
	else
		event_submit(record, false);
	return 0;
}

/* Emits a call with paths, a second descriptor, or memory at its arguments. Not inlined, which keeps the path of
 * plain calls short. Uses no CAST(), since both twins of the exit hook call it. */
static __noinline int call_emit_more(
	struct pt_regs *regs, struct task_struct *task, struct task_state *state, struct call_end *end)
{
	const u32 nr = end->nr; /* a local copy keeps its bound: that of end->nr is lost with the next call */
	if (nr >= SYSCALL_MAX)
		return 0;
	const volatile struct call_spec *spec = &call_specs[nr];
	struct file_at *other = &state->other;
	struct scratch *scratch = scratch_get();
	if (!scratch)
		return 0;
	scratch_keep_args(scratch, regs);
	*other = (struct file_at){};
	call_other_files(scratch, state, end, other);
	if (!(spec->flags & CALL_WANTED))
		return 0;
	call_stack(end, &other->id);
	u16 paths[2] = {}, blocks[CALL_BLOCKS] = {};
	u32 len = 0;
	/* after an exec the caller's memory is gone; the exec event contains the path */
	bool gone = (nr == NR_EXECVE || nr == NR_EXECVEAT) && end->result == 0;
	if (spec->path_arg >= 0 && !gone) {
		paths[0] = call_string(0, scratch_arg(scratch, spec->path_arg));
		len = paths[0] & (PATH_BYTES - 1);
	}
	if ((nr == NR_EXECVE || nr == NR_EXECVEAT) && !gone) {
		int argv_arg = spec->path_arg + 1;
		paths[1] = argv_copy(scratch_arg(scratch, argv_arg), len);
		len += paths[1] & (ARGV_BYTES - 1);
		blocks[0] = call_variables(scratch, len, scratch_arg(scratch, argv_arg + 1));
		len += blocks[0] & (BLOCK_BYTES - 1);
	} else if (spec->path_arg2 >= 0) {
		paths[1] = call_string(len, scratch_arg(scratch, spec->path_arg2));
		len += paths[1] & (PATH_BYTES - 1);
	}
	if (call_is_here(spec->fd_arg, scratch, paths))
		call_folder(state, &end->file);
	else if (!(spec->flags & CALL_RETURNS_FD) && call_is_here(spec->fd_arg2, scratch, paths))
		call_folder(state, other);
	if (spec->flags & CALL_COPIES && detail == DETAIL_ALL) {
		const volatile struct call_copies *copies = copies_of(nr, scratch);
		for (u32 i = 0; i < CALL_BLOCKS && copies->block[i].limit; i++) {
			blocks[i] = call_block(nr, i, len, end->result);
			len += blocks[i] & (BLOCK_BYTES - 1);
		}
		/* nothing was copied, such as for a free lock or a limit that is not requested */
		if (call_is_plain(spec, CALL_COPIES) && !(blocks[0] | blocks[1] | blocks[2] | blocks[3])) {
			struct call_ring *ring = call_ring_get();
			return call_is_lost(ring, end) ? 0 : call_emit_plain(ring, regs, task, state, end);
		}
	}
	struct event_syscall_more *record;
	EVENT_WITH_STRINGS(record, struct event_syscall_more, task, EVENT_SYSCALL, scratch->bytes, len);
	if (!record) {
		call_count_only(end);
		return 0;
	}
	call_fill(&record->call, regs, end);
	descriptors_seen(state, record->call.head.time_ns);
	record->call.more = 1;
	record->other = *other;
	for (int i = 0; i < 2; i++)
		record->string_bytes[i] = paths[i];
	for (int i = 0; i < CALL_BLOCKS; i++)
		record->block_bytes[i] = blocks[i];
	event_submit(record, false);
	return 0;
}

#endif
