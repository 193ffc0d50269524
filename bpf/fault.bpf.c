// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The fault layer: faults in mappings of files, summed up for each file, and emitted one by one where that is asked for.
 *
 * The tracepoints of the page cache tell of a fault on a cached page only the pages around it, which it may map too; of one
 * on a page that has to be read, the page. Faults on what is mapped by the size of a page table (PMD) are not seen. Before
 * Linux 6.12 there are no such tracepoints: there, the functions are hooked.
 */
#include "inode.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile bool major_faults = false; /* emit those that had to read */
const volatile bool all_faults = false;   /* and the others */

/* What a program at a perf event gets: struct bpf_perf_event_data of <linux/bpf_perf_event.h>. */
struct perf_context {
	struct pt_regs regs;
	u64 sample_period;
	u64 addr;
};

/* Faults in ascending order belong together if not more than the pages that one fault maps lie between them. */
#define AROUND_BYTES (16 << PAGE_SHIFT)

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
	run->sums.begun_ns = bpf_ktime_get_ns();
	return RETURN_ZERO;
}

static __always_inline void fault_add(
	struct task_struct *task, struct task_state *state, const struct fault *fault)
{
	struct io_run *run = &state->runs[IO_RUN_FAULT];
	bool same = run->inode == (u64)fault->inode && run->sums.count && run->sums.bytes < IO_PAGES_BYTES &&
		    !(run->sums.flags & FILE_IO_SCATTERED);
	if (!same || fault->start + AROUND_BYTES < run->next || fault->start > run->next + AROUND_BYTES)
		fault_begins(task, state, run, fault);
	run->sums.count++;
	run->sums.ended_ns = bpf_ktime_get_ns();
	if (run->sums.flags & FILE_IO_SCATTERED) {
		run->sums.bytes += fault->end - fault->start;
	} else if (fault->end > run->next) {
		run->sums.bytes += fault->end - run->next;
		run->next = fault->end;
	}
}

/* A fault begins, or looks again: notes what its end will be about. `whole`: its page was not among those that could be
 * mapped at once, so that it may have to be read. */
static __always_inline void fault_note(struct task_state *state, const struct fault *fault, bool whole)
{
	if (state->fault_begun != state->faulted) {
		state->fault_begun = state->faulted;
		state->fault_waited = 0;
		state->fault_ns = bpf_ktime_get_ns();
	} else if (!whole) {
		return; /* it looks around again */
	}
	state->fault_start = fault->start;
	state->fault_bytes = fault->end - fault->start;
	state->fault_flags = whole ? 0 : FAULT_AROUND;
}

/* A fault looks for its page in a file. */
static __always_inline void fault_looks(
	struct task_struct *task, struct task_state *state, const struct fault *fault, bool whole)
{
	if (!is_file(fault->inode))
		return;
	if (fault_is_new(task, state))
		fault_add(task, state, fault);
	if (whole || all_faults)
		fault_note(state, fault, whole);
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

/* The event of the fault that ends. */
static __noinline int fault_emit(struct task_struct *task, struct task_state *state, u64 address, u64 ns)
{
	struct event_fault *record = event_reserve(task, EVENT_FAULT, sizeof(*record));
	if (!record)
		return RETURN_ZERO;
	record->id = state->runs[IO_RUN_FAULT].sums.id;
	record->start = state->fault_start;
	record->bytes = state->fault_bytes;
	record->address = address;
	record->duration_ns = ns;
	record->wait_ns = state->fault_waited;
	record->flags = state->fault_flags;
	record->pad = 0;
	event_submit(record, false);
	return RETURN_ZERO;
}

/* The state of the task whose fault the kernel has just counted, if it was in a file. */
static __always_inline struct task_state *fault_ended(struct task_struct *task)
{
	struct task_state *state = traced_state(task);
	bool known = state && state->fault_ns && state->fault_begun == task->min_flt + task->maj_flt;
	return known ? state : NULL;
}

/* The software events of faults, at the end of one, when the kernel has counted it for the task. */
SEC("?perf_event")
int on_major_fault(struct perf_context *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = fault_ended(task);
	if (!state)
		return 0;
	struct event_file_io *sums = &state->runs[IO_RUN_FAULT].sums;
	sums->ended_ns = bpf_ktime_get_ns();
	u64 ns = sums->ended_ns - state->fault_ns;
	state->fault_ns = 0;
	sums->major++;
	io_add_time(sums, ns);
	sums->total_ns -= state->fault_waited; /* it is in there already */
	state->fault_flags = FAULT_MAJOR;
	if (io_has_fills(state))
		io_settle_fills(task, state);
	io_settle(task, &state->runs[IO_RUN_FAULT], FILE_IO_FAULT);
	if (major_faults)
		fault_emit(task, state, ctx->addr, ns);
	return 0;
}

SEC("?perf_event")
int on_minor_fault(struct perf_context *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_state *state = fault_ended(task);
	if (!state)
		return 0;
	u64 ns = bpf_ktime_get_ns() - state->fault_ns;
	state->fault_ns = 0;
	if (detail == DETAIL_ALL)
		fault_emit(task, state, ctx->addr, ns);
	return 0;
}
