// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The system-call layer. At the exit of a call its arguments are still in the registers, its paths have been
 * faulted in, and its result is known: one hook is enough. The hook at the entry only records the time, and is
 * attached only if durations are requested.
 *
 * Each hook has a twin for the classic tracepoint, attached where BTF tracepoints can be preempted (preemption.bpf.c).
 */
#include "call_abi32.h"
#include "call_emit.h"
#include "entry.h"
#include "uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NR_RT_SIGRETURN 15
#define NR_EXIT         60
#define ENOSYS          38
#define NR_EXIT_GROUP   231

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
	if (io_has_fills(state))
		io_settle_fills(task, state);
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
