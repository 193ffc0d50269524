// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The process layer: decides which tasks are traced, and emits fork, exec and exit events. */
#include "argv.h"
#include "call.h"
#include "io_run.h"
#include "whom.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* For the classic tracepoint of fork, which has the child's number alone. */
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

#define ENV_MAX           (1 << 20) /* the kernel takes fewer variables: their memory is limited */
#define SIGNAL_GROUP_EXIT 4         /* include/linux/sched/signal.h */

const volatile struct call_spec call_specs[SYSCALL_MAX] = {};
const volatile struct call_copies call_copies[SYSCALL_MAX] = {};
const volatile __u16 abi32_calls[SYSCALL_MAX] = {};
const volatile bool emit_calls = true;
const volatile bool count_calls = true;
const volatile bool spread_calls = false;
const volatile bool time_calls = true;
const volatile bool sum_files = false;
const volatile bool bounded = false;
const volatile bool follow = true;
const volatile bool everyone = false;
const volatile struct whom whom = {};
const volatile __u32 wake_bytes = 1 << 20;
__u64 live_tasks = 0;
const volatile __u32 stack_bytes = 0;
const volatile __u32 stack_frames = 0;
const volatile bool stacks_selected = false;
__u32 phase = TRACE_HELD;
__u64 members_seen = 0;  /* by count_members, in all its runs */
__u64 tasks_marked = 0;  /* by mark_tasks, in all its runs */
__u64 children_left = 0; /* child processes not traced because `follow` is off */
__u32 detail = DETAIL_ALL;
__u32 stack_deeper = 0;
__u64 rename_lock_at = 0;
__u64 mount_lock_at = 0;
__u32 pid_level = 0;
__u64 pid_namespace = 0;
__u64 tracer = 0; /* address of the tracer's own task */

/* User space runs this once, in its own process: records contain the pids of its namespace. */
SEC("raw_tp")
int find_pid_namespace(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	pid_level = pid_own_level(pid);
	pid_namespace = (u64)BPF_CORE_READ(pid_at(pid, pid_level), ns);
	tracer = (u64)task;
	return 0;
}

/* User space runs this once: without the right to see kernel addresses it finds nothing. */
SEC("syscall")
int find_locks(void *ctx)
{
	static const char renames[] = "rename_lock", mounts[] = "mount_lock";
	u64 rename = 0, mount = 0;
	if (bpf_kallsyms_lookup_name(renames, sizeof(renames), 0, &rename) ||
		bpf_kallsyms_lookup_name(mounts, sizeof(mounts), 0, &mount))
		return 0;
	mount_lock_at = mount;
	rename_lock_at = rename;
	return 0;
}

/*
 * User space runs this instead of looking into the map, where hooks are at classic tracepoints: during a look-up from
 * user space the kernel skips those of all tasks on that processor, and the look-up may be preempted. The pid is that of
 * the first pid namespace. (bpf_task_from_vpid(), of Linux 6.14, would take any: but where a function is missing, libbpf
 * looks for it in all modules, which takes CAP_SYS_ADMIN.)
 */
SEC("?syscall")
int find_task(struct task_question *question)
{
	struct task_struct *task = bpf_task_from_pid(question->pid);
	if (!task)
		return 0;
	struct task_state *state = task_state_get(task);
	question->flags = state ? state->flags : 0;
	bpf_task_release(task);
	return 0;
}

/* Emits a task's numbers in its own pid namespace, unless that is the tracer's namespace, and the name of a process whose
 * fork event does not tell it. */
static __always_inline void emit_task(struct task_struct *task, u32 forked_by)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid *group = BPF_CORE_READ(task, group_leader, thread_pid);
	u32 level = pid_own_level(pid);
	bool own = level != pid_level || !pid_is_seen(pid), named = task->pid == task->tgid && !forked_by;
	if (!own && !named)
		return;
	struct event_task *record = event_reserve(task, EVENT_TASK, sizeof(*record));
	if (!record)
		return;
	record->own_pid = own ? BPF_CORE_READ(pid_at(group, level), nr) : 0;
	record->own_tid = own ? BPF_CORE_READ(pid_at(pid, level), nr) : 0;
	record->forked_by = forked_by;
	record->pad = 0;
	__builtin_memset(record->comm, 0, sizeof(record->comm));
	if (named)
		bpf_probe_read_kernel(record->comm, sizeof(record->comm), task->comm);
	event_submit(record, false);
}

/* By process: flags that mark_tasks gives to its tasks in its next run, TASK_MEMBER or TASK_READER... */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, u32);
	__type(value, u32);
} listed SEC(".maps");

/* Creates the state of a task. NULL, and counted as lost, if there is no memory. */
static __always_inline struct task_state *task_add(struct task_struct *task, u32 flags)
{
	struct task_state *state = bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!state) {
		event_lost(EVENT_FORK, LOST_STATE);
		return NULL;
	}
	__sync_fetch_and_or(&state->flags, flags);
	if (flags & TASK_MEMBER)
		__sync_fetch_and_add(&live_tasks, 1);
	return state;
}

/* With -a -f, a task keeps being traced after it stops matching, and so do its children. */
static __always_inline bool task_is_chosen(struct task_struct *task, u32 flags)
{
	return (everyone && follow && flags & TASK_TRACED) || task_matches(task);
}

/* Starts tracing a task that exists already. */
static __always_inline void trace_running(struct task_struct *task, struct task_state *state)
{
	emit_task(task, 0);
	u64 nr = task->flags & PF_EXITING ? SYSCALL_MAX : call_blocked_in(task);
	if (nr < SYSCALL_MAX && call_specs[nr].flags & CALL_WANTED && !state->enter_ns)
		state->enter_ns = ENTER_UNKNOWN;
	__sync_fetch_and_or(&state->flags, TASK_TRACED);
}

static __always_inline void exclude(struct task_struct *task, struct task_state *state, u32 flags)
{
	if (!state) {
		task_add(task, flags);
		return;
	}
	if (state->flags & TASK_MEMBER)
		__sync_fetch_and_sub(&live_tasks, 1);
	state->flags = flags;
}

/* True for the first thread of a process that has ended while others live. It is no member, but its state stands for the
 * process: whether it is traced, and whether its exit was emitted. */
static __always_inline bool is_ended_leader(struct task_struct *task)
{
	return task->flags & PF_EXITING && task->pid == task->tgid && task->signal->live.counter > 0;
}

/*
 * Runs for each task of the machine, at the start of the trace and, if the filters test properties that can
 * change, periodically: marks tasks that are listed or match as traced, and unmarks those that no longer match.
 */
SEC("iter/task")
int mark_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task || task->flags & PF_KTHREAD)
		return 0;
	bool ended = task->flags & PF_EXITING;
	if (ended && !is_ended_leader(task))
		return 0;
	u32 tgid = tgid_seen(task);
	u32 *list = bpf_map_lookup_elem(&listed, &tgid);
	struct task_state *state = task_state_get(task);
	if (state && state->flags & (TASK_READER | TASK_WAITS_FOR_EXEC))
		return 0;
	if (list && *list & TASK_READER) {
		exclude(task, state, *list);
		return 0;
	}
	if (!state && !list && !everyone)
		return 0;
	bool chosen = task_is_chosen(task, state ? state->flags : 0);
	if (!state) {
		if (!chosen && !list)
			return 0;
		state = task_add(task, ended ? 0 : TASK_MEMBER);
		if (!state)
			return 0;
		tasks_marked += !chosen;
	}
	if (chosen && !(state->flags & TASK_TRACED)) {
		tasks_marked++;
		trace_running(task, state);
	} else if (!chosen && state->flags & TASK_TRACED) {
		__sync_fetch_and_and(&state->flags, ~TASK_TRACED);
	}
	return 0;
}

/* The flags of a new task's state; 0: it gets no state. */
static __always_inline u32 child_flags(struct task_state *parent, struct task_struct *child, bool thread)
{
	u32 flags = parent ? parent->flags : 0;
	if (thread)
		return flags ? flags | TASK_NEWBORN : 0;
	if (flags & TASK_READER_CHILDREN)
		return flags;
	bool member = follow && flags & TASK_MEMBER;
	if (!member && !everyone) {
		if (task_is_traced(parent))
			__sync_fetch_and_add(&children_left, 1);
		return 0;
	}
	if (task_is_chosen(child, flags))
		return TASK_MEMBER | TASK_NEWBORN | TASK_TRACED;
	return everyone ? 0 : TASK_MEMBER | TASK_NEWBORN;
}

static __always_inline bool fork_matters(const struct task_state *state)
{
	return (state || everyone) && phase != TRACE_OVER;
}

static __always_inline int fork_event(struct task_struct *parent, struct task_struct *child)
{
	struct task_state *state = task_state_get(parent);
	if (!fork_matters(state))
		return 0;
	u32 flags = child_flags(state, child, child->tgid == parent->tgid);
	if (flags)
		task_add(child, flags);
	if (!(flags & TASK_TRACED))
		return 0;
	bool parent_traced = task_is_traced(state);
	emit_task(child, parent_traced ? tid_seen(parent) : 0);
	if (!parent_traced)
		return 0;
	struct event_process *record = event_reserve(parent, EVENT_FORK, sizeof(*record));
	if (!record)
		return 0;
	record->child_pid = tgid_seen(child);
	record->child_tid = tid_seen(child);
	record->status = 0;
	record->argc = record->envc = 0;
	record->string_bytes[0] = record->string_bytes[1] = 0;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), child->comm);
	event_submit(record, false);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	return fork_event(parent, child);
}

SEC("?tp/sched/sched_process_fork")
int on_fork_classic(struct trace_event_raw_sched_process_fork *ctx)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	if (!fork_matters(task_state_get(parent)))
		return CLASSIC_DONE;
	struct task_struct *child = bpf_task_from_pid(ctx->child_pid);
	if (!child) {
		event_lost(EVENT_FORK, LOST_STATE);
		return CLASSIC_DONE;
	}
	fork_event(parent, child);
	struct task_state *state = task_state_get(parent);
	if (state && child->mm != parent->mm && task_is_traced(task_state_get(child)))
		state->forked = tgid_seen(child);
	bpf_task_release(child);
	return CLASSIC_DONE;
}

/* Decides at an exec whether the task is traced from now on. Returns whether the exec event is emitted: the task
 * is, or was, traced. */
static __always_inline bool exec_choose(struct task_struct *task, bool leads)
{
	struct task_state *state = task_state_get(task);
	u32 before = state ? state->flags : 0;
	if (before & TASK_READER || (!state && !everyone) || phase == TRACE_OVER)
		return false;
	bool chosen = task_is_chosen(task, before);
	if (!state && (!chosen || !(state = task_add(task, TASK_MEMBER))))
		return false;
	state->flags = TASK_MEMBER | (chosen ? TASK_TRACED : 0) | (before & TASK_EXECVEAT);
	/* a thread that executes a program takes over the numbers of its group leader; while the trace is held, no exec
	 * event tells the new name */
	if (chosen && (!(before & TASK_TRACED) || !leads || phase != TRACE_ON))
		emit_task(task, 0);
	return (chosen || before & TASK_TRACED) && phase == TRACE_ON;
}

/* What an exec was asked for. */
struct exec_request {
	const char *file;
	u32 argc, envc;
};

static __always_inline int exec_event(struct task_struct *task, const struct exec_request *request)
{
	struct scratch *scratch = scratch_of(SCRATCH_EXEC);
	if (!scratch)
		return 0;
	long len = bpf_probe_read_kernel_str(scratch->bytes, PATH_BYTES, request->file);
	u32 file_len = len > 0 ? (len - 1) & (PATH_BYTES - 1) : 0;
	struct mm_struct *mm = task->mm;
	u64 argv_len = mm->arg_end - mm->arg_start;
	u16 argv_bytes = 0;
	if (argv_len > ARGV_BYTES - 1)
		argv_len = ARGV_BYTES - 1;
	if (bpf_probe_read_user(&scratch->bytes[file_len], argv_len, (void *)mm->arg_start) == 0)
		argv_bytes = argv_len;
	struct event_process *record;
	u32 total = file_len + argv_bytes;
	EVENT_WITH_STRINGS(record, struct event_process, task, EVENT_EXEC, scratch->bytes, total);
	if (!record)
		return 0;
	record->child_pid = record->child_tid = 0;
	record->status = 0;
	record->argc = request->argc;
	record->envc = request->envc;
	record->string_bytes[0] = STRING_HERE | file_len;
	record->string_bytes[1] = STRING_HERE | argv_bytes;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), task->comm);
	event_submit(record, true);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	const struct exec_request request = { bprm->filename, bprm->argc, bprm->envc };
	return exec_choose(task, old_pid == task->pid) ? exec_event(task, &request) : 0;
}

struct env_walk {
	u64 at, word; /* address of the next pointer, and the size of one */
	u32 count;
};

/* Counts one variable of the environment. 1 ends the loop: there is none left. */
static int env_step(u32 index, void *ctx)
{
	struct env_walk *walk = ctx;
	u64 pointer = 0;
	if (walk->word == 8)
		bpf_probe_read_user(&pointer, 8, (const void *)walk->at);
	else
		bpf_probe_read_user(&pointer, 4, (const void *)walk->at);
	walk->at += walk->word;
	walk->count += pointer != 0;
	return !pointer;
}

/* The counts of arguments and variables, from the stack that the kernel has just made for the new program: argc, the
 * pointers to the arguments, NULL, those to the variables, NULL. A 32-bit program has words of 4 bytes. */
static __always_inline void exec_counts(struct task_struct *task, struct exec_request *request)
{
	u64 at = task->mm->start_stack, first = 0;
	struct env_walk walk = { .word = 8 };
	bpf_probe_read_user(&request->argc, sizeof(request->argc), (const void *)at);
	bpf_probe_read_user(&first, sizeof(first), (const void *)(at + 8));
	if (first != task->mm->arg_start)
		walk.word = 4;
	walk.at = at + walk.word * (request->argc + 2ull);
	bpf_loop(ENV_MAX, env_step, &walk, 0);
	request->envc = walk.count;
}

SEC("?tp/sched/sched_process_exec")
int on_exec_classic(struct trace_event_raw_sched_process_exec *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct exec_request request = { .file = (void *)ctx + (ctx->__data_loc_filename & 0xffff) };
	if (!exec_choose(task, ctx->old_pid == ctx->pid))
		return CLASSIC_DONE;
	exec_counts(task, &request);
	exec_event(task, &request);
	return CLASSIC_DONE;
}

/* The status that wait() will report for the task's process. */
static __always_inline int exit_status(struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	return signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->group_leader->exit_code;
}

static __always_inline void exit_event(struct task_struct *task)
{
	struct event_process *record = event_reserve(task, EVENT_EXIT, sizeof(*record));
	if (!record)
		return;
	record->head.tid = record->head.pid; /* the exit of the whole group */
	record->child_pid = record->child_tid = 0;
	record->status = exit_status(task);
	record->argc = record->envc = 0;
	record->string_bytes[0] = record->string_bytes[1] = 0;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), task->comm);
	event_submit(record, true);
}

/* True once for each group that has ended: several threads that end at the same time may all find it empty. */
static __always_inline bool group_ends(struct task_struct *task)
{
	if (task->signal->live.counter != 0)
		return false;
	struct task_state *leader = task_state_get(task->group_leader);
	return leader && __sync_lock_test_and_set(&leader->ended, 1) == 0;
}

static __always_inline int task_exit(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (sum_files && task_is_traced(state))
		io_flush(task, state);
	if (!state || !(state->flags & TASK_MEMBER))
		return 0;
	if (task_is_traced(state) && group_ends(task))
		exit_event(task);
	/* last: when live_tasks becomes 0, every record has been submitted */
	__sync_fetch_and_sub(&live_tasks, 1);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	return task_exit(task);
}

SEC("?tp/sched/sched_process_exit")
int on_exit_classic(void *ctx)
{
	task_exit(bpf_get_current_task_btf());
	return CLASSIC_DONE;
}

/* Counts the members that have not ended, for live_tasks is too high if on_exit was skipped. A task has an exit state
 * when its hooks have run. */
SEC("iter/task")
int count_members(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *state = task ? task_state_get(task) : NULL;
	if (state && state->flags & TASK_MEMBER && !task->exit_state)
		members_seen++;
	return 0;
}
