// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The io layer: what is summed up for each file beside calls. Faults in mappings, the pages that a task adds to the page
 * cache, and how long it waits for the disk.
 *
 * The tracepoints of the page cache tell of a fault on a cached page only the pages around it, which it may map too; of one
 * on a page that has to be read, the page. Faults on what is mapped by the size of a page table (PMD) are not seen. Before
 * Linux 6.12 there are no such tracepoints: there, the functions are hooked.
 */
#include "call_files.h"
#include "io_run.h"
#include "pages.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define PF_IO_WORKER 0x10 /* include/linux/sched.h */
#define PF_USER_WORKER                                                                                       \
	0x4000 /* the same, from Linux 6.4 on; another flag before, of tasks that are not traced */
#define PAGE_SHIFT 12

/* Faults in ascending order belong together if not more than the pages that one fault maps lie between them. */
#define FAULT_AROUND (16 << PAGE_SHIFT)

static __always_inline struct task_state *traced_state(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	return task_is_traced(state) ? state : NULL;
}

static __always_inline bool is_run_of(const struct io_run *run, u64 inode, u64 ino)
{
	return run->inode == inode && run->sums.id.ino == ino;
}

/* The mount by which a task most likely sees a file system: that of its root, or of its working directory. */
static __always_inline u64 mount_seen(struct task_struct *task, struct super_block *super)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct vfsmount *root = BPF_CORE_READ(fs, root.mnt), *here = BPF_CORE_READ(fs, pwd.mnt);
	if (BPF_CORE_READ(root, mnt_sb) == super)
		return (u64)root;
	return BPF_CORE_READ(here, mnt_sb) == super ? (u64)here : 0;
}

/* The dentry that a link of its inode's list of names is in; NULL: its layout is not known. */
static __always_inline struct dentry *dentry_of(struct hlist_node *alias)
{
	if (bpf_core_field_exists(((struct dentry *)0)->d_u.d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry, d_u.d_alias);
	if (bpf_core_field_exists(((struct dentry___of_7_2 *)0)->d_alias))
		return (void *)alias - bpf_core_field_offset(struct dentry___of_7_2, d_alias);
	return NULL;
}

/* Names a file that no call of the trace has used: the program that is executed, or by the inode's only name. 0: it has
 * several, or none. */
static __noinline int inode_name(struct task_struct *task, struct task_state *state, struct inode *inode)
{
	struct file *program = BPF_CORE_READ(task, mm, exe_file);
	if (program && BPF_CORE_READ(program, f_inode) == inode) {
		file_place(task, program, &state->place, false);
		return file_name(&state->place, false);
	}
	struct hlist_node *alias = BPF_CORE_READ(inode, i_dentry.first);
	u64 mount = mount_seen(task, BPF_CORE_READ(inode, i_sb));
	if (!alias || BPF_CORE_READ(alias, next) || !mount)
		return 0;
	struct dentry *dentry = dentry_of(alias);
	if (!dentry)
		return 0;
	path_place(&state->place, (u64)BPF_CORE_READ(task, fs), (u64)dentry, mount, (u64)inode);
	return file_name(&state->place, false);
}

/* The identity of a file of which only the inode is known: with the name that the trace has given it last. */
static __always_inline void inode_identify(
	struct task_struct *task, struct task_state *state, struct inode *inode, struct file_id *id)
{
	u64 ino = BPF_CORE_READ(inode, i_ino);
	struct file_id *known = NULL;
	if (is_run_of(&state->runs[IO_RUN_FAULT], (u64)inode, ino))
		known = &state->runs[IO_RUN_FAULT].sums.id;
	else if (is_run_of(&state->runs[IO_RUN_READ], (u64)inode, ino))
		known = &state->runs[IO_RUN_READ].sums.id;
	if (known) {
		*id = *known;
		return;
	}
	struct inode_key key = { .ino = ino, .dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	u32 *name = bpf_map_lookup_elem(&inode_names, &key);
	id->ino = key.ino;
	id->dev = key.dev;
	id->mode = BPF_CORE_READ(inode, i_mode);
	id->name = name ? *name : inode_name(task, state, inode);
}

static __always_inline bool is_file(struct inode *inode)
{
	return inode && (BPF_CORE_READ(inode, i_mode) & FILE_TYPE_MASK) == FILE_TYPE_REGULAR;
}

/* ---- faults ---- */

/* The file that a fault is in: known as an open file, or by its inode alone (file: NULL). */
struct fault {
	struct file *file;
	struct inode *inode;
	u64 start, end; /* of its page in the file, or of the pages around it */
};

/* Begins a run with this fault. Not inlined, and not often: faults in order go on with the run there is. */
static __noinline int fault_begins(
	struct task_struct *task, struct task_state *state, struct io_run *run, const struct fault *fault)
{
	struct inode *inode = fault->inode; /* BPF_CORE_READ() would look for the kernel's struct fault */
	if (!is_run_of(run, (u64)inode, BPF_CORE_READ(inode, i_ino))) {
		io_end(task, run, FILE_IO_FAULT);
		if (fault->file) {
			file_place(task, fault->file, &state->place, false);
			call_place(state, &state->place, false, &run->sums.id);
		} else {
			inode_identify(task, state, inode, &run->sums.id);
		}
		run->inode = (u64)inode;
	} else if (!io_emit(task, run, FILE_IO_FAULT)) {
		run->sums.flags |= FILE_IO_SCATTERED;
		return RETURN_ZERO;
	}
	io_reset(run, fault->start);
	return RETURN_ZERO;
}

static __always_inline void fault_add(
	struct task_struct *task, struct task_state *state, const struct fault *fault)
{
	struct io_run *run = &state->runs[IO_RUN_FAULT];
	bool same = run->inode == (u64)fault->inode && run->sums.count && run->sums.count < IO_COUNT_MAX &&
		    !(run->sums.flags & FILE_IO_SCATTERED);
	if (!same || fault->start + FAULT_AROUND < run->next || fault->start > run->next + FAULT_AROUND)
		fault_begins(task, state, run, fault);
	run->sums.count++;
	if (run->sums.flags & FILE_IO_SCATTERED) {
		run->sums.bytes += fault->end - fault->start;
	} else if (fault->end > run->next) {
		run->sums.bytes += fault->end - run->next;
		run->next = fault->end;
	}
}

/* A fault looks for its page in a file. `whole`: it was not among those that could be mapped at once, so that it may have
 * to be read. */
static __always_inline void fault_looks(
	struct task_struct *task, struct task_state *state, const struct fault *fault, bool whole)
{
	if (!is_file(fault->inode))
		return;
	if (fault_is_new(task, state))
		fault_add(task, state, fault);
	if (!whole || state->fault_begun == state->faulted)
		return;
	state->fault_begun = state->faulted;
	state->fault_ns = bpf_ktime_get_ns();
}

static __always_inline int fault_at(struct address_space *mapping, u64 first, u64 last, bool whole)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = traced_state(task);
	if (!state)
		return 0;
	const struct fault fault = {
		.inode = BPF_CORE_READ(mapping, host),
		.start = first << PAGE_SHIFT,
		.end = (last + 1) << PAGE_SHIFT,
	};
	fault_looks(task, state, &fault, whole);
	return 0;
}

SEC("?tp_btf/mm_filemap_fault")
int BPF_PROG(on_mm_filemap_fault, struct address_space *mapping, unsigned long index)
{
	return fault_at(mapping, index, index, true);
}

SEC("?tp_btf/mm_filemap_map_pages")
int BPF_PROG(on_mm_filemap_map, struct address_space *mapping, unsigned long start, unsigned long end)
{
	return fault_at(mapping, start, end, false);
}

/* The same before Linux 6.12. */
static __always_inline int fault_in(struct vm_fault *vmf, bool whole)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = traced_state(task);
	if (!state)
		return 0;
	struct file *file = BPF_CORE_READ(vmf, vma, vm_file);
	u64 start = BPF_CORE_READ(vmf, pgoff) << PAGE_SHIFT;
	const struct fault fault = { file, BPF_CORE_READ(file, f_inode), start, start + (1 << PAGE_SHIFT) };
	fault_looks(task, state, &fault, whole);
	return 0;
}

SEC("?fentry/filemap_fault")
int BPF_PROG(on_filemap_fault, struct vm_fault *vmf)
{
	return fault_in(vmf, true);
}

SEC("?fentry/filemap_map_pages")
int BPF_PROG(on_filemap_map, struct vm_fault *vmf)
{
	return fault_in(vmf, false);
}

/* The software event of major faults, at the end of one, when the kernel has counted it for the task. */
SEC("?perf_event")
int on_major_fault(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = traced_state(task);
	if (!state || !state->fault_ns || state->fault_begun != task->min_flt + task->maj_flt)
		return 0;
	struct event_file_io *sums = &state->runs[IO_RUN_FAULT].sums;
	u64 ns = bpf_ktime_get_ns() - state->fault_ns;
	state->fault_ns = 0;
	sums->major++;
	io_add_time(sums, ns);
	return 0;
}

/* ---- pages that are added ---- */

/* The state of a task that works for a traced process inside the kernel: it is no child of fork, and begins when it is
 * first seen. */
static __always_inline struct task_state *worker_state(struct task_struct *task)
{
	if (!(task->flags & (PF_IO_WORKER | PF_USER_WORKER)) || !traced_state(task->group_leader))
		return NULL;
	struct task_state *state = bpf_task_storage_get(&tasks, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (state)
		__sync_fetch_and_or(&state->flags, TASK_TRACED);
	else
		event_lost(EVENT_FILE_IO, LOST_STATE);
	return state;
}

static __noinline int fill_begins(
	struct task_struct *task, struct task_state *state, struct inode *inode, u64 start)
{
	struct io_run *run = &state->runs[IO_RUN_FILL];
	if (!is_run_of(run, (u64)inode, BPF_CORE_READ(inode, i_ino))) {
		io_end(task, run, FILE_IO_FILL);
		inode_identify(task, state, inode, &run->sums.id);
		run->inode = (u64)inode;
	} else if (!io_emit(task, run, FILE_IO_FILL)) {
		run->sums.flags |= FILE_IO_SCATTERED;
		return RETURN_ZERO;
	}
	io_reset(run, start);
	return RETURN_ZERO;
}

SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(on_fill, struct folio *folio)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!state)
		state = worker_state(task);
	if (!task_is_traced(state))
		return 0;
	struct address_space *mapping = BPF_CORE_READ(folio, mapping);
	struct inode *inode = BPF_CORE_READ(mapping, host);
	if (!is_file(inode) || fill_is_write(task, mapping))
		return 0;
	struct io_run *run = &state->runs[IO_RUN_FILL];
	u64 start = BPF_CORE_READ(folio, index) << PAGE_SHIFT, bytes = pages_of((u64)folio) << PAGE_SHIFT;
	if (run->inode != (u64)inode || !run->sums.count || run->next != start ||
		run->sums.flags & FILE_IO_SCATTERED || run->sums.count >= IO_COUNT_MAX)
		fill_begins(task, state, inode, start);
	run->sums.count++;
	run->sums.bytes += bytes;
	run->next = start + bytes;
	return 0;
}

/* ---- waits for the disk ---- */

__u64 disk_waiters = 0; /* traced tasks that wait: other switches than theirs cost a load and a branch */

static __always_inline void wait_begins(struct task_struct *task)
{
	struct task_state *state = traced_state(task);
	if (!state || state->wait_from)
		return;
	state->wait_from = bpf_ktime_get_ns();
	__sync_fetch_and_add(&disk_waiters, 1);
}

/* A wait belongs to the fault that the task is in, or else to its call. */
static __always_inline void wait_ends(struct task_struct *task)
{
	struct task_state *state = task_state_get(task);
	if (!state || !state->wait_from)
		return;
	u64 ns = bpf_ktime_get_ns() - state->wait_from;
	state->wait_from = 0;
	__sync_fetch_and_add(&disk_waiters, -1);
	if (state->fault_ns && state->fault_begun == 1 + task->min_flt + task->maj_flt)
		state->runs[IO_RUN_FAULT].sums.wait_ns += ns;
	else if (!time_calls || state->enter_ns) /* else it is of no call that is observed */
		state->waited_ns += ns;
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (BPF_CORE_READ_BITFIELD(prev, in_iowait))
		wait_begins(prev);
	if (disk_waiters)
		wait_ends(next);
	return 0;
}

/* ---- the end ---- */

/* Emits what traced tasks have summed up. User space runs it once, after the end of the trace, when no hook changes it
 * any more. */
SEC("iter/task")
int emit_runs(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task_state *state = task ? task_state_get(task) : NULL;
	if (state && state->flags & TASK_TRACED)
		io_flush(task, state);
	return 0;
}
