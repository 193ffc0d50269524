/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Pages of files: faults in mappings, and what is added to the page cache. */
#ifndef BPF_PAGES_H
#define BPF_PAGES_H

#include "call.h"
#include "file.h"

#define FILE_TYPE_REGULAR 0100000
#define FILE_TYPE_BLOCK   0060000
#define FILE_DIRECT       040000 /* O_DIRECT */

#define NR_WRITE           1
#define NR_PWRITE64        18
#define NR_WRITEV          20
#define NR_SENDFILE        40
#define NR_SPLICE          275
#define NR_PWRITEV         296
#define NR_COPY_FILE_RANGE 326
#define NR_PWRITEV2        328

/* A fault looks into the page cache more than once: for the pages around it, for its own, and again after it has waited
 * for that one. The kernel counts it for the task when it is done. */
static __always_inline bool fault_is_new(struct task_struct *task, struct task_state *state)
{
	u64 now = 1 + task->min_flt + task->maj_flt;
	if (state->faulted == now)
		return false;
	state->faulted = now;
	return true;
}

/* The number of pages of a folio. */
static __always_inline u64 pages_of(u64 folio)
{
	u64 flags = 0, order = 0;
	bpf_probe_read_kernel(&flags, sizeof(flags), (void *)folio);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_head) & 1))
		return 1;
	if (bpf_core_field_exists(((struct folio *)0)->_flags_1))
		order = BPF_CORE_READ((struct folio *)folio, _flags_1) & 0xff;
	else if (bpf_core_field_exists(((struct folio___before_6_6 *)0)->_folio_order))
		order = BPF_CORE_READ((struct folio___before_6_6 *)folio, _folio_order);
	return 1ull << (order & 31);
}

/* The descriptor that the current call writes to, or -1. */
static __always_inline s32 fd_written(const struct pt_regs *regs)
{
	switch (regs->orig_ax) {
	case NR_WRITE:
	case NR_PWRITE64:
	case NR_WRITEV:
	case NR_PWRITEV:
	case NR_PWRITEV2:
	case NR_SENDFILE:
		return call_arg(regs, 0);
	case NR_SPLICE:
	case NR_COPY_FILE_RANGE:
		return call_arg(regs, 2);
	}
	return -1;
}

/* True if the current call adds the page by writing to the file: such a page was not missing. */
static __always_inline bool fill_is_write(struct task_struct *task, struct inode *inode)
{
	s32 fd = fd_written((struct pt_regs *)bpf_task_pt_regs(task));
	struct file *file = fd < 0 ? NULL : file_of(task, fd, false);
	return file && BPF_CORE_READ(file, f_inode) == inode;
}

#endif
