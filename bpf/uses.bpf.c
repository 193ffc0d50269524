// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The use of files by traced processes, for loaders without libpagedbundle: reads, faults in mappings, and the
 * pages added to the page cache for them. Counted by file and process; user space examines the files and adds those
 * that contain no models to files_ignored. These programs are loaded only on request.
 */
#include "pages.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define USES_MAX    32768
#define IGNORED_MAX 65536

#define NR_READ           0
#define NR_MMAP           9
#define NR_PREAD64        17
#define NR_READV          19
#define NR_PREADV         295
#define NR_PREADV2        327
#define NR_IO_SUBMIT      209
#define NR_IO_URING_ENTER 426

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, USES_MAX);
	__type(key, struct use_key);
	__type(value, struct file_use);
} file_uses SEC(".maps");

/* Files without models; the keys have no process. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, IGNORED_MAX);
	__type(key, struct use_key);
	__type(value, u8);
} files_ignored SEC(".maps");

/* Processes that use a model file. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, USES_MAX);
	__type(key, u32);
	__type(value, u8);
} model_users SEC(".maps");

__u32 model_users_only; /* count only their reads; set by user space */

static const struct file_use no_use;

/* The counts of a file in this process; NULL: the file is ignored, or the map is full (counted as lost). *fresh:
 * the entry is new. */
static __always_inline struct file_use *use_of(struct task_struct *task, struct inode *inode, bool *fresh)
{
	struct use_key key = {
		.ino = BPF_CORE_READ(inode, i_ino),
		.dev = BPF_CORE_READ(inode, i_sb, s_dev),
		.generation = BPF_CORE_READ(inode, i_generation),
	};
	if (bpf_map_lookup_elem(&files_ignored, &key))
		return NULL;
	key.pid = tgid_seen(task);
	struct file_use *use = bpf_map_lookup_elem(&file_uses, &key);
	*fresh = !use;
	if (use)
		return use;
	bpf_map_update_elem(&file_uses, &key, &no_use, BPF_NOEXIST);
	use = bpf_map_lookup_elem(&file_uses, &key);
	if (use)
		bpf_get_current_comm(use->comm, sizeof(use->comm));
	else
		event_lost(EVENT_FILE, LOST_STATE);
	return use;
}

/* The counts of the file behind a mapping of pages; NULL as in use_of(), or no regular file. */
static __always_inline struct file_use *use_of_mapping(
	struct task_struct *task, struct address_space *mapping)
{
	struct inode *inode = BPF_CORE_READ(mapping, host);
	if (!inode || (BPF_CORE_READ(inode, i_mode) & FILE_TYPE_MASK) != FILE_TYPE_REGULAR)
		return NULL;
	bool fresh;
	return use_of(task, inode, &fresh);
}

/* The descriptor that a call reads from or maps; -1: it does neither. */
static __always_inline s32 fd_read(const struct pt_regs *regs, u64 nr)
{
	switch (nr) {
	case NR_READ:
	case NR_PREAD64:
	case NR_READV:
	case NR_PREADV:
	case NR_PREADV2:
	case NR_SPLICE:
	case NR_COPY_FILE_RANGE:
		return call_arg(regs, 0);
	case NR_SENDFILE:
		return call_arg(regs, 1);
	case NR_MMAP:
		return call_arg(regs, 4);
	}
	return -1;
}

static __always_inline struct cpu_state *cpu_state_get(void)
{
	u32 zero = 0;
	return bpf_map_lookup_elem(&cpu_states, &zero);
}

/* False: the guard has narrowed what is counted, and this process uses no model file. */
static __always_inline bool reads_are_counted(struct task_struct *task, struct cpu_state *cpu)
{
	u32 pid = tgid_seen(task);
	bool user = bpf_map_lookup_elem(&model_users, &pid);
	if (user && cpu)
		cpu->reads++;
	return user || !model_users_only;
}

/* The counts of the file that a call used; NULL as in use_of(). */
static __always_inline struct file_use *use_of_file(struct task_struct *task, struct file *file)
{
	bool fresh;
	struct file_use *use = use_of(task, BPF_CORE_READ(file, f_inode), &fresh);
	/* report the path now: later the process may be gone and the inode number reused */
	if (use && fresh) {
		struct file_at at = {};
		file_identify(task, file, &at, true, false);
	}
	return use;
}

static __always_inline int use_of_call(struct pt_regs *regs, long result)
{
	u64 nr = regs->orig_ax;
	s32 fd = fd_read(regs, nr);
	struct cpu_state *cpu = cpu_state_get();
	if (cpu)
		cpu->calls++; /* of any kind: each costs a run of this hook */
	if (fd < 0 || result <= 0)
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	if (!task_is_traced(task_state_get(task)) || task->thread_info.status & TS_COMPAT ||
		!reads_are_counted(task, cpu))
		return 0;
	struct file *file = file_of(task, fd, false);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & FILE_TYPE_MASK) != FILE_TYPE_REGULAR)
		return 0;
	struct file_use *use = use_of_file(task, file);
	if (!use)
		return 0;
	if (nr == NR_MMAP) {
		__sync_fetch_and_add(&use->maps, 1);
	} else if (!(BPF_CORE_READ(file, f_flags) & FILE_DIRECT)) {
		__sync_fetch_and_add(&use->reads, 1);
		__sync_fetch_and_add(&use->read_bytes, result);
	}
	return 0;
}

SEC("?tp_btf/sys_exit")
int BPF_PROG(use_call, struct pt_regs *regs, long result)
{
	return use_of_call(regs, result);
}

SEC("?tp/raw_syscalls/sys_exit")
int use_call_classic(struct trace_event_raw_sys_exit *ctx)
{
	use_of_call((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()), ctx->ret);
	return CLASSIC_DONE;
}

static __always_inline void count_fault(struct address_space *mapping)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state))
		return;
	struct file_use *use = use_of_mapping(task, mapping);
	if (use && fault_is_new(task, state))
		__sync_fetch_and_add(&use->faults, 1);
}

/* A fault on a page that is looked up in the page cache, and read if it is missing. Linux 6.12 and newer. */
SEC("?tp_btf/mm_filemap_fault")
int BPF_PROG(use_fault, struct address_space *mapping, unsigned long index)
{
	count_fault(mapping);
	return 0;
}

/* A fault that looks for its page and those around it in the page cache, and maps what is there. How many that were is
 * not known here: user space looks at the mapping. */
SEC("?tp_btf/mm_filemap_map_pages")
int BPF_PROG(use_around, struct address_space *mapping, unsigned long start, unsigned long end)
{
	count_fault(mapping);
	return 0;
}

/* True if the current call reads in a way that is not counted: the page says nothing of what is. */
static __always_inline bool fill_is_other(struct task_struct *task)
{
	u64 nr = ((struct pt_regs *)bpf_task_pt_regs(task))->orig_ax;
	return nr == NR_IO_URING_ENTER || nr == NR_IO_SUBMIT;
}

/* The argument is a folio, before Linux 5.16 a page: both have `mapping` at the same offset. */
SEC("?tp_btf/mm_filemap_add_to_page_cache")
int BPF_PROG(use_fill, struct page *page)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!task_is_traced(task_state_get(task)))
		return 0;
	struct address_space *mapping = BPF_CORE_READ(page, mapping);
	struct file_use *use = use_of_mapping(task, mapping);
	if (!use || fill_is_write(task, BPF_CORE_READ(mapping, host)))
		return 0;
	u64 pages = pages_of((u64)page);
	__sync_fetch_and_add(&use->filled_pages, pages);
	if (fill_is_other(task))
		__sync_fetch_and_add(&use->other_pages, pages);
	return 0;
}
