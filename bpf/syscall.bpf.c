// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The system-call layer. At the exit of a call its arguments are still in the registers, its paths have been
 * faulted in, and its result is known: one hook is enough. The hook at the entry only records the time, and is
 * attached only if durations are requested.
 *
 * Each hook has a twin for the classic tracepoint, attached where BTF tracepoints can be preempted (preemption.bpf.c).
 */
#include "argv.h"
#include "call.h"
#include "copy.h"
#include "call_ring.h"
#include "call_times.h"
#include "call_io.h"
#include "entry.h"
#include "stack.h"
#include "stack_skip.h"
#include "uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NR_RT_SIGRETURN 15
#define NR_EXIT         60
#define ENOSYS          38
#define NR_EXIT_GROUP   231
#define NR32_EXIT       1 /* in the 32-bit table */
#define NR32_CLONE      120
#define NR32_EXIT_GROUP 252

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
	return STRING_HERE | ((got - 1) & (PATH_BYTES - 1)) | (got == PATH_BYTES ? STRING_CUT : 0);
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

static __always_inline int call_event(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, struct call_end *end, const bool cast)
{
	const u32 nr = end->nr;
	if (nr >= SYSCALL_MAX) /* the verifier has lost the bound, since nr was stored in memory */
		return 0;
	const volatile struct call_spec *spec = &call_specs[nr];
	bool plain = call_is_plain(spec, 0);
	struct call_ring *ring = plain ? call_ring_get() : NULL;
	if (call_is_lost(ring, end))
		return 0;
	if (nr == NR_CLOSE)
		end->file = state->closes;
	else if (spec->fd_arg >= 0)
		call_file(task, state, call_arg(regs, spec->fd_arg), false, false, end->enter_ns,
			end->enter_ns > ENTER_UNKNOWN ? state->entered_with : 0, &end->file, cast);
	if (!plain)
		return call_emit_more(regs, task, state, end);
	call_stack(end, NULL);
	return call_emit_plain(ring, regs, task, state, end);
}

static __always_inline void sys_enter(u64 nr)
{
	if (nr > SYSCALL_OTHER)
		nr = SYSCALL_OTHER;
	u16 flags = call_specs[nr].flags;
	if (!(flags & (CALL_CLOSES | CALL_LENGTH | (time_calls ? CALL_WANTED : 0))))
		return;
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!state)
		return;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (flags & (CALL_CLOSES | CALL_LENGTH) && task_is_traced(state))
		call_enters(task, state, regs, nr, flags);
	if (!time_calls || !(flags & CALL_WANTED))
		return;
	state->enter_ns = bpf_ktime_get_ns();
	if (descriptors_removed)
		state->entered_with = descriptor_mark(task, regs, call_specs[nr].fd_arg);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
	sys_enter(id);
	return 0;
}

SEC("?tp/raw_syscalls/sys_enter")
int on_sys_enter_classic(struct trace_event_raw_sys_enter *ctx)
{
	sys_enter(ctx->id);
	return CLASSIC_DONE;
}

/* True if a handler returns to where the stack pointer is now, which is then forgotten. */
static __always_inline bool signal_returns(struct task_state *state, u64 sp)
{
	for (int i = 0; i < SIGNALS_KEPT; i++)
		if (state->interrupted[i] == sp) {
			state->interrupted[i] = 0;
			return true;
		}
	return false;
}

/*
 * True if a number of -1 is what the task, or a tracer in its place, asked for. rt_sigreturn looks the same: it
 * restores the registers of the interrupted code, with that number. The registers of code that is in a call show it;
 * where that may have been interrupted too, that no signal has interrupted it here. Of a handler that was not seen to
 * begin, the result shows it (no such call), unless the task is ptraced: then its calls may have any result.
 */
static __always_inline bool call_was_made(
	const struct pt_regs *regs, struct task_struct *task, struct task_state *state, s64 result)
{
	if (signal_returns(state, regs->sp) || regs->cx != regs->ip || regs->r11 != regs->flags)
		return false;
	return task->ptrace || result == -ENOSYS;
}

/* An argument of a 32-bit call. */
static __always_inline u64 abi32_arg(const struct pt_regs *regs, int index)
{
	switch (index) {
	case 0:
		return (u32)regs->bx;
	case 1:
		return (u32)regs->cx;
	case 2:
		return (u32)regs->dx;
	case 3:
		return (u32)regs->si;
	case 4:
		return (u32)regs->di;
	case 5:
		return (u32)regs->bp;
	}
	return 0;
}

/* Emits a 32-bit call. What its pointers lead to is laid out in another way: of that, only paths are taken. Uses no
 * CAST(), as call_emit_more. */
static __noinline int call_abi32(
	struct pt_regs *regs, struct task_struct *task, struct task_state *state, s64 result)
{
	u64 number = (u32)regs->orig_ax, nr = SYSCALL_OTHER;
	barrier_var(number); /* the verifier has to see this very value compared */
	if (number < SYSCALL_MAX)
		nr = abi32_calls[number];
	barrier_var(nr);
	nr &= SYSCALL_MAX - 1;
	const volatile struct call_spec *spec = &call_specs[nr];
	struct call_end end = { .result = result, .enter_ns = state->enter_ns, .nr = nr };
	bool newborn = state->flags & TASK_NEWBORN;
	struct scratch *scratch = scratch_get();
	if (!scratch)
		return 0;
	state->enter_ns = 0;
	__sync_fetch_and_and(&state->flags, ~TASK_NEWBORN);
	if (newborn && result == 0 && (spec->flags & CALL_FORKS || number == NR32_CLONE))
		return 0;
	if (nr == SYSCALL_OTHER)
		end.file.pos = NUMBER_ABI32 | number;
	bool executed = nr == NR_EXECVE && result == 0;
	bool emit = emit_calls && detail < DETAIL_COUNT;
	if (emit && !executed && spec->fd_arg >= 0)
		call_other_file(state, scratch, &end.file, abi32_arg(regs, spec->fd_arg), 0, end.enter_ns);
	struct file_at *other = &state->other;
	*other = (struct file_at){};
	if (emit && spec->flags & CALL_RETURNS_FD)
		call_other_file(state, scratch, other, result,
			OTHER_FRESH | (spec->flags & CALL_OPENS ? OTHER_OPENED : 0), end.enter_ns);
	if (!(spec->flags & CALL_WANTED))
		return 0;
	if (!emit) {
		call_count_only(&end);
		return 0;
	}
	u16 path = 0;
	if (spec->path_arg >= 0 && !executed)
		path = call_string(0, abi32_arg(regs, spec->path_arg));
	u32 len = path & (PATH_BYTES - 1);
	struct event_syscall_more *record;
	EVENT_WITH_STRINGS(record, struct event_syscall_more, task, EVENT_SYSCALL, scratch->bytes, len);
	if (!record) {
		call_count_only(&end);
		return 0;
	}
	call_fill(&record->call, regs, &end);
	descriptors_seen(state, record->call.head.time_ns);
	for (int i = 0; i < 6; i++)
		record->call.args[i] = abi32_arg(regs, i);
	record->call.more = 1;
	record->other = *other;
	record->string_bytes[0] = path;
	record->string_bytes[1] = 0;
	for (int i = 0; i < CALL_BLOCKS; i++)
		record->block_bytes[i] = 0;
	event_submit(record, false);
	return 0;
}

/* The flags of a call in call_specs; 0: nothing is to be done for it. */
static __always_inline u16 call_flags(u64 nr)
{
	return nr < SYSCALL_MAX ? call_specs[nr].flags & (CALL_WANTED | CALL_OPENS | CALL_MAYBE | CALL_CLOSES)
				: 0;
}

/* A call that is emitted, if it is wanted. */
static __always_inline void call_emitted(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, struct call_end *end, const bool cast)
{
	call_event(regs, task, state, end, cast);
	if (sum_files && state->waited_ns)
		io_emit_wait(task, state, &end->file.id, end->nr);
}

/* A call that is not emitted. */
static __always_inline void call_only_summed(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, const struct call_end *end, const bool cast)
{
	u64 now = call_count_only(end);
	if (sum_files)
		io_call(regs, task, state, end, now, cast);
}

static __always_inline int sys_exit(struct pt_regs *regs, long result, const bool cast)
{
	u64 nr = (u32)regs->orig_ax; /* the kernel uses these bits */
	barrier_var(nr);
	if (nr > SYSCALL_OTHER)
		nr = regs->orig_ax == -1ul ? NR_RT_SIGRETURN : SYSCALL_OTHER;
	if (!call_flags(nr) || nr >= SYSCALL_MAX)
		return 0;
	u16 flags = call_specs[nr].flags;
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (flags & CALL_CLOSES && state)
		closing_ends(state, regs, nr);
	if (!task_is_traced(state))
		return 0;
	if (task->thread_info.status & TS_COMPAT)
		return call_abi32(regs, task, state, result);
	bool executed = nr == NR_EXECVE && result == 0;
	if (executed && state->flags & TASK_EXECVEAT)
		nr = NR_EXECVEAT;
	if (executed)
		__sync_fetch_and_and(&state->flags, ~TASK_EXECVEAT);
	if (nr == NR_RT_SIGRETURN && call_was_made(regs, task, state, result))
		nr = SYSCALL_OTHER;
	flags = call_specs[nr].flags;
	if (!(flags & (CALL_WANTED | CALL_OPENS | CALL_CLOSES)))
		return 0;
	struct call_end end = { .result = result, .enter_ns = state->enter_ns, .nr = nr };
	if (nr == SYSCALL_OTHER)
		end.file.pos = (u32)regs->orig_ax;
	state->enter_ns = 0;
	if (state->flags & TASK_NEWBORN) {
		/* atomic: mark_tasks may change the flags concurrently */
		__sync_fetch_and_and(&state->flags, ~TASK_NEWBORN);
		if (flags & CALL_FORKS && result == 0)
			return 0; /* the child's return from the call that created it */
	}
	/* after an exec the stack and the registers are those of the new program */
	bool emit = emit_calls && detail < DETAIL_COUNT;
	if (emit && executed)
		return call_emit_more(regs, task, state, &end);
	if (emit && flags & (CALL_WANTED | CALL_OPENS))
		call_emitted(regs, task, state, &end, cast);
	else if (flags & CALL_WANTED)
		call_only_summed(regs, task, state, &end, cast);
	if (flags & CALL_CLOSES)
		state->closes.id.ino = 0;
	if (flags & CALL_LENGTH)
		state->length = 0;
	return 0;
}

/* Keeps where a handler returns to: call_was_made(). */
static __always_inline void signal_delivered(u64 handler)
{
	if (handler <= 1)
		return;
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (task_is_traced(state))
		state->interrupted[state->signals++ % SIGNALS_KEPT] =
			((struct pt_regs *)bpf_task_pt_regs(task))->sp;
}

SEC("?tp_btf/signal_deliver")
int BPF_PROG(on_signal, int signal, void *info, struct k_sigaction *action)
{
	signal_delivered((u64)action->sa.sa_handler);
	return 0;
}

SEC("?tp/signal/signal_deliver")
int on_signal_classic(struct trace_event_raw_signal_deliver *ctx)
{
	signal_delivered(ctx->sa_handler);
	return CLASSIC_DONE;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	return sys_exit(regs, result, true);
}

/* The twin of on_sys_exit without CAST(), for Linux before 6.2. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit_no_cast, struct pt_regs *regs, long result)
{
	return sys_exit(regs, result, false);
}

SEC("?tp/raw_syscalls/sys_exit")
int on_sys_exit_classic(struct trace_event_raw_sys_exit *ctx)
{
	u64 nr = (u32)ctx->id;
	if (nr >= SYSCALL_OTHER || call_flags(nr))
		sys_exit((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->ret, true);
	return CLASSIC_DONE;
}

/* exit and exit_group do not return: their call is emitted at the end of the task. A task killed by a signal is
 * not inside exit(): no call is reported for it. */
static __always_inline int exit_call(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state))
		return 0;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 nr = regs->orig_ax;
	if (task->thread_info.status & TS_COMPAT)
		return nr == NR32_EXIT || nr == NR32_EXIT_GROUP ? call_abi32(regs, task, state, 0) : 0;
	if ((nr != NR_EXIT && nr != NR_EXIT_GROUP) || !(call_specs[nr].flags & CALL_WANTED))
		return 0;
	struct call_end end = { .nr = nr };
	if (!emit_calls) {
		call_count_only(&end);
		return 0;
	}
	struct call_ring *ring = call_ring_get();
	if (call_is_lost(ring, &end))
		return 0;
	call_stack(&end, NULL);
	return call_emit_plain(ring, regs, task, state, &end);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_call, struct task_struct *task)
{
	return exit_call(task);
}

SEC("?tp/sched/sched_process_exit")
int on_exit_call_classic(void *ctx)
{
	exit_call(bpf_get_current_task_btf());
	return CLASSIC_DONE;
}
