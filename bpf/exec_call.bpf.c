// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What the caller of execve or execveat passed. When the call returns, its memory and registers are gone, and the
 * kernel says execve in either case: so a record with RESULT_EXECUTING precedes the exec event.
 */
#include "argv.h"
#include "call.h"
#include "file.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The file of execveat's descriptor. */
static __always_inline void exec_file(struct task_struct *task, int fd, struct file_at *at)
{
	struct file *file = file_of(task, fd, false);
	if (file)
		file_identify(task, file, at, false, false);
}

/* `memory`: the caller's memory is still there. */
static __always_inline int exec_call(struct task_struct *task, const bool memory)
{
	struct task_state *state = task_state_get(task);
	if (!state || state->flags & TASK_READER || phase != TRACE_ON || task->thread_info.status & TS_COMPAT)
		return 0;
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u32 nr = regs->orig_ax;
	if (nr != NR_EXECVE && nr != NR_EXECVEAT)
		return 0;
	if (nr == NR_EXECVEAT)
		__sync_fetch_and_or(&state->flags, TASK_EXECVEAT);
	struct scratch *scratch = scratch_get();
	if (!emit_calls || !(call_specs[nr].flags & CALL_WANTED) || !scratch)
		return 0;
	int path_arg = nr == NR_EXECVEAT;
	struct file_at file = {};
	if (nr == NR_EXECVEAT)
		exec_file(task, regs->di, &file);
	u32 path = 0, argv = 0, len = 0;
	int variables = -1;
	if (memory) {
		long got =
			bpf_probe_read_user_str(scratch->bytes, PATH_BYTES, (void *)call_arg(regs, path_arg));
		if (got >= 0)
			path = STRING_HERE | ((got ? got - 1 : 0) & (PATH_BYTES - 1));
		len = path & (PATH_BYTES - 1);
		argv = argv_copy(call_arg(regs, path_arg + 1), len);
		len += argv & (ARGV_BYTES - 1);
		variables = vector_count(call_arg(regs, path_arg + 2));
	}
	if (variables >= 0 && len <= PATH_BYTES + ARGV_BYTES) {
		bpf_probe_read_kernel(&scratch->bytes[len], sizeof(variables), &variables);
		len += sizeof(variables);
	}
	struct event_syscall_more *record;
	EVENT_WITH_STRINGS(record, struct event_syscall_more, task, EVENT_SYSCALL, scratch->bytes, len);
	if (!record)
		return 0;
	struct event_syscall *call = &record->call;
	for (int i = 0; i < 6; i++)
		call->args[i] = call_arg(regs, i);
	call->result = RESULT_EXECUTING;
	call->duration_ns = NO_DURATION;
	call->file = file;
	call->nr = nr;
	call->more = 1;
	call->stack = 0;
	record->other = (struct file_at){};
	record->string_bytes[0] = path;
	record->string_bytes[1] = argv;
	for (int i = 0; i < CALL_BLOCKS; i++)
		record->block_bytes[i] = 0;
	if (variables >= 0)
		record->block_bytes[0] = STRING_HERE | sizeof(variables);
	event_submit(record, false);
	return 0;
}

/* Before the old program ends, from Linux 6.10 on. */
SEC("?tp_btf/sched_prepare_exec")
int BPF_PROG(on_exec_begins, struct task_struct *task, struct linux_binprm *bprm)
{
	return exec_call(task, true);
}

SEC("?tp/sched/sched_prepare_exec")
int on_exec_begins_classic(void *ctx)
{
	exec_call(bpf_get_current_task_btf(), true);
	return CLASSIC_DONE;
}

/* For older kernels: the task gets the name of the new program. Its registers are still the caller's. */
SEC("?tp_btf/task_rename")
int BPF_PROG(on_exec_renames, struct task_struct *task, const char *comm)
{
	return task == bpf_get_current_task_btf() ? exec_call(task, false) : 0;
}
