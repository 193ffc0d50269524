// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The pagecache layer: pages that are deleted from the page cache, by any task, of files that traced tasks have used; and
 * why, as far as that can be told. Those that are added are noted where they are counted (io.bpf.c).
 */
#include "pages_run.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile bool see_pages = false;
const volatile bool pages_shown = false;

#define PF_MEMALLOC 0x800    /* include/linux/sched.h: it makes room */
#define PF_KTHREAD  0x200000 /* it is in no system call */

#define NR_MADVISE    28
#define NR_FADVISE64  221
#define NR_FALLOCATE  285
#define ADVICE_REMOVE 9 /* MADV_REMOVE */

#define CPUS_MAX 8192

/* One for each CPU: pages are deleted with interrupts disabled. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* user space sets the number of CPUs */
	__type(key, u32);
	__type(value, struct pages_run);
} pages_deleted SEC(".maps");

/* ---- why ---- */

/* True for /proc/sys/vm/drop_caches. */
static __always_inline bool writes_drop_caches(struct task_struct *task, const struct pt_regs *regs)
{
	static const char drop_caches[12] = "drop_caches";
	char name[sizeof(drop_caches)] = "";
	u32 same = 0;
	struct file *file = file_of(task, (s32)regs->di, false);
	if (!file)
		return false;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	for (u32 i = 0; i < sizeof(name); i++)
		same += name[i] == drop_caches[i];
	return same == sizeof(name);
}

/* By the system call that the task is in. */
static __always_inline u32 op_of_call(struct task_struct *task)
{
	const struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (task->flags & (PF_KTHREAD | WORKER_FLAGS) || task->thread_info.status & TS_COMPAT)
		return PAGES_DELETED;
	switch (regs->orig_ax) {
	case NR_FADVISE64:
		return PAGES_DROPPED;
	case NR_FALLOCATE:
		return PAGES_REMOVED;
	case NR_MADVISE:
		return regs->dx == ADVICE_REMOVE ? PAGES_REMOVED : PAGES_DELETED;
	case NR_WRITE:
		return writes_drop_caches(task, regs) ? PAGES_DROPPED : PAGES_DELETED;
	}
	return PAGES_DELETED;
}

/* By what the task does, by what has become of the file, or by the call. */
static __noinline u32 op_of_delete(
	struct task_struct *task, struct address_space *mapping, struct inode *inode, u64 start)
{
	if (task->flags & PF_MEMALLOC)
		return PAGES_EVICTED;
	if (start >= (u64)BPF_CORE_READ(inode, i_size))
		return PAGES_REMOVED;
	bool goes = BPF_CORE_READ(mapping, flags) >> bpf_core_enum_value(enum mapping_flags, AS_EXITING) & 1;
	if (goes && !BPF_CORE_READ(inode, i_nlink))
		return PAGES_REMOVED;
	return op_of_call(task);
}

/* ---- runs ---- */

static __noinline int delete_begins(
	struct task_struct *task, struct pages_run *run, struct inode *inode, struct task_state *state)
{
	struct inode_key key = { .ino = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	struct file_id *id = &run->pages.id;
	pages_end(task, run);
	if (state) {
		inode_identify(task, state, inode, id);
		u32 found = id->name;
		bpf_map_update_elem(&inode_names, &key, &found, BPF_NOEXIST);
	} else {
		u32 *name = bpf_map_lookup_elem(&inode_names, &key);
		id->ino = key.ino;
		id->dev = key.dev;
		id->mode = BPF_CORE_READ(inode, i_mode);
		id->name = name ? *name : 0;
	}
	pages_begin(run, (u64)inode, task);
	bpf_probe_read_kernel(run->pages.comm, sizeof(run->pages.comm), task->comm);
	return RETURN_ZERO;
}

/* True for files that the trace has seen. */
static __noinline int is_known(struct inode *inode)
{
	struct inode_key key = { .ino = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev) };
	return bpf_map_lookup_elem(&inode_names, &key) != NULL;
}

/* Files that the trace has not seen count if a traced task itself takes them out of the page cache. */
SEC("?tp_btf/mm_filemap_delete_from_page_cache")
int BPF_PROG(on_delete, struct folio *folio)
{
	struct address_space *mapping = BPF_CORE_READ(folio, mapping);
	struct inode *inode = BPF_CORE_READ(mapping, host);
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = NULL;
	if (phase != TRACE_ON)
		return 0;
	if (!is_known(inode)) {
		state = task->flags & PF_MEMALLOC ? NULL : traced_state(task);
		if (!state)
			return 0;
	}
	if (!is_file(inode))
		return 0;
	u32 cpu = bpf_get_smp_processor_id();
	struct pages_run *run = bpf_map_lookup_elem(&pages_deleted, &cpu);
	if (!run)
		return 0;
	run->step.start = BPF_CORE_READ(folio, index) << PAGE_SHIFT;
	run->step.bytes = pages_of((u64)folio) << PAGE_SHIFT;
	run->step.now = bpf_ktime_get_ns();
	run->step.op = op_of_delete(task, mapping, inode, run->step.start);
	gone_note(inode, &run->step);
	if (!pages_go_on(run, (u64)inode, BPF_CORE_READ(inode, i_ino), tid_seen(task)))
		delete_begins(task, run, inode, state);
	return 0;
}

/* ---- the end ---- */

static long end_run(u32 cpu, void *unused)
{
	struct pages_run *run = bpf_map_lookup_elem(&pages_deleted, &cpu);
	if (!run)
		return 1;
	pages_end(bpf_get_current_task_btf(), run);
	return 0;
}

/* Emits the runs of all CPUs. User space runs it once, after the end of the trace. */
SEC("iter/task")
int emit_deleted(struct bpf_iter__task *ctx)
{
	if (!ctx->task)
		bpf_loop(CPUS_MAX, end_run, NULL, 0);
	return 0;
}
