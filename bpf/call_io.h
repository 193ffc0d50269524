/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Calls that are not emitted one by one, summed up by file. In the common case a call goes on where the one before
 * ended, on the same file: that takes a few loads, and no map.
 */
#ifndef BPF_CALL_IO_H
#define BPF_CALL_IO_H

#include "call_files.h"
#include "io_run.h"
#include "pages.h"

#define FILE_WRITE_ONLY 1 /* O_WRONLY */
#define FILE_ACCESS     3 /* O_ACCMODE */

#define MAP_IS_ANONYMOUS 0x20 /* MAP_ANONYMOUS */

/* Such an operation is a record of its own, which tells exactly how long it took. */
#define IO_LONG_NS     4000000
#define IO_LARGE_BYTES (256 << 10)

/* A record takes 0.2 to 2 us. Operations as long as this pay for one; of shorter ones a task has as many records at once,
 * and one more in each such time. Beyond them runs go on scattered, so that short reads here and there cost little more
 * than those in order. */
#define IO_PAYS_NS         20000
#define IO_RECORDS_AT_ONCE 8192
#define IO_RECORD_NS       250000

static __always_inline bool io_is_own(const struct io_op *op)
{
	return op->bytes >= IO_LARGE_BYTES || (op->ns != NO_DURATION && op->ns >= IO_LONG_NS);
}

static __always_inline bool io_is_other(const struct io_op *op)
{
	return op->failed || op->io == CALL_IO_OTHER || op->io == CALL_IO_OPEN;
}

/* Counts a call that moved no bytes. */
static __always_inline void io_add_other(struct event_file_io *sums, const struct io_op *op)
{
	if (op->failed)
		sums->errors++;
	else if (op->io == CALL_IO_OPEN)
		sums->opens++;
	else
		sums->others++;
	sums->wait_ns += op->wait;
	if (op->ns != NO_DURATION)
		sums->others_ns += op->ns;
}

static __always_inline bool io_is_here(const struct io_run *run, const struct io_op *op)
{
	return op->start == run->next || !op->bytes;
}

static __always_inline void io_add_here(struct io_run *run, const struct io_op *op)
{
	if (op->bytes)
		run->next = op->start + op->bytes;
	run->sums.wait_ns += op->wait;
	run->sums.ended_ns = op->now;
	io_add(&run->sums, op->bytes, op->ns);
}

static __always_inline bool io_pays(u64 ns)
{
	return ns != NO_DURATION && ns >= IO_PAYS_NS;
}

/* True if there may be a record of a run that an operation at another place ends. */
static __always_inline bool io_may_emit(
	struct task_state *state, const struct io_run *run, const struct io_op *op)
{
	if (io_pays(op->ns) || (!(run->sums.flags & FILE_IO_SCATTERED) && run->sums.total_ns >= IO_PAYS_NS))
		return true;
	u64 now = op->now ?: bpf_ktime_get_ns();
	u64 since = now - (u64)IO_RECORDS_AT_ONCE * IO_RECORD_NS;
	if (state->io_paid_ns > now)
		return false;
	state->io_paid_ns = (state->io_paid_ns > since ? state->io_paid_ns : since) + IO_RECORD_NS;
	return true;
}

static __always_inline bool io_is_full(const struct io_run *run, u64 ns)
{
	if (ns == NO_DURATION)
		return run->sums.count >= IO_COUNT_MAX;
	u32 bucket = io_bucket(ns);
	return bucket < IO_SPREAD && run->sums.spread[bucket] >= SPREAD_FULL;
}

static __always_inline u16 io_op_of(const struct io_op *op)
{
	return op->io == CALL_IO_WRITE || op->io == CALL_IO_WRITE_AT ? FILE_IO_WRITE : FILE_IO_READ;
}

/* Makes a run one of another file, state->place. */
static __always_inline void io_change_file(struct task_struct *task, struct task_state *state,
	struct io_run *run, u16 kind, u64 inode, bool report)
{
	io_end(task, run, kind);
	call_place(state, &state->place, report, &run->sums.id);
	run->inode = inode;
}

/*
 * A call on a file that its run is not of, at another place, or that is long: emits what the run holds. `file`: NULL if
 * the run is of this file. Not inlined, which keeps the path of common calls short.
 */
static __noinline int io_call_breaks(struct task_struct *task, struct task_state *state, struct file *file,
	struct io_run *run, const struct io_op *op)
{
	u16 kind = run == &state->runs[IO_RUN_WRITE] ? FILE_IO_WRITE : FILE_IO_READ;
	if (file) {
		file_place(task, file, &state->place, false);
		io_change_file(task, state, run, kind, (u64)BPF_CORE_READ(file, f_inode), false);
	}
	if (io_is_other(op)) {
		io_add_other(&run->sums, op);
		return 0;
	}
	if (run->sums.count) {
		bool moved = !io_is_here(run, op) || run->sums.flags & FILE_IO_SCATTERED ||
			     (run->sums.flags & FILE_IO_DIRECT) != op->direct;
		bool emit = !moved || io_is_own(op) || io_may_emit(state, run, op);
		if (emit && io_emit(task, run, kind))
			io_reset(run, op->start);
		else if (moved)
			run->sums.flags |= FILE_IO_SCATTERED;
	}
	if (!run->sums.count) {
		run->sums.start = op->start;
		run->sums.flags = op->direct;
		run->sums.begun_ns = op->now && op->ns != NO_DURATION ? op->now - op->ns : 0;
	}
	io_add_here(run, op);
	if (io_is_own(op) && io_emit(task, run, kind))
		io_reset(run, run->next);
	return RETURN_ZERO;
}

/* The run that a call on this file belongs to. */
static __always_inline struct io_run *io_run_of_call(
	struct task_state *state, u64 inode, const struct io_op *op, u32 access)
{
	struct io_run *read = &state->runs[IO_RUN_READ], *write = &state->runs[IO_RUN_WRITE];
	if (op->io == CALL_IO_WRITE || op->io == CALL_IO_WRITE_AT)
		return write;
	if (op->io == CALL_IO_READ || op->io == CALL_IO_READ_AT || inode == read->inode)
		return read;
	return inode == write->inode || (access & FILE_ACCESS) == FILE_WRITE_ONLY ? write : read;
}

/* Fills in what is to be known of the file, by copies. Not inlined: they would take room on the stack. */
static __noinline __attribute__((unused)) int io_look(struct file *file, struct io_op *op)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	op->inode = (u64)inode;
	op->position = BPF_CORE_READ(file, f_pos);
	op->access = BPF_CORE_READ(file, f_flags);
	op->mode = BPF_CORE_READ(inode, i_mode);
	op->ino = BPF_CORE_READ(inode, i_ino);
	return RETURN_ZERO;
}

/* Counts a call on a file. `fd`: as passed; `start`: -1 if it is at the file's position. */
static __always_inline void io_call_on(
	struct task_struct *task, struct task_state *state, s32 fd, struct io_op *op, const bool cast)
{
	struct file *file = file_of(task, fd, cast);
	if (!file || (op->before && op->before != (u64)file))
		return;
	if (cast) {
		struct file *typed = CAST(struct file, file);
		struct inode *inode = typed->f_inode;
		op->inode = (u64)inode;
		op->position = typed->f_pos;
		op->access = typed->f_flags;
		op->mode = inode->i_mode;
		op->ino = inode->i_ino;
	} else {
		io_look(file, op);
	}
	u64 inode = op->inode, ino = op->ino;
	u32 mode = op->mode, flags = op->access;
	mode &= FILE_TYPE_MASK;
	if (mode != FILE_TYPE_REGULAR && mode != FILE_TYPE_BLOCK)
		return;
	op->direct = flags & FILE_DIRECT ? FILE_IO_DIRECT : 0;
	if (op->start == ~0ull)
		op->start = op->position - op->bytes;
	struct io_run *run = io_run_of_call(state, inode, op, flags);
	bool same = run->inode == inode && run->sums.id.ino == ino;
	if (same && io_is_other(op)) {
		io_add_other(&run->sums, op);
		return;
	}
	bool goes_on =
		same && io_is_here(run, op) && run->sums.count && !(run->sums.flags & FILE_IO_SCATTERED);
	bool scattered = same && run->sums.flags & FILE_IO_SCATTERED && state->io_paid_ns > op->now &&
			 !io_pays(op->ns);
	if ((goes_on || scattered) && (run->sums.flags & FILE_IO_DIRECT) == op->direct && !io_is_own(op) &&
		!io_is_full(run, op->ns)) {
		io_add_here(run, op);
		return;
	}
	io_call_breaks(task, state, same ? NULL : file, run, op);
}

/* Takes how long the call at hand has waited for the disk. */
static __always_inline u64 io_waited(struct task_state *state)
{
	u64 ns = state->waited_ns;
	if (ns)
		state->waited_ns = 0;
	return ns;
}

/* Of a call that is emitted: how long it has waited, if it has. */
static __noinline int io_emit_wait(
	struct task_struct *task, struct task_state *state, const struct file_id *id, u32 nr)
{
	u64 ns = io_waited(state);
	u32 type = id->mode & FILE_TYPE_MASK;
	if (!id->ino || (type != FILE_TYPE_REGULAR && type != FILE_TYPE_BLOCK))
		return 0;
	struct event_file_io *record = event_reserve(task, EVENT_FILE_IO, sizeof(*record));
	if (!record)
		return 0;
	u8 io = call_specs[nr % SYSCALL_MAX].io;
	__builtin_memset(&record->id, 0, sizeof(*record) - offsetof(struct event_file_io, id));
	record->id = *id;
	record->op = io == CALL_IO_WRITE || io == CALL_IO_WRITE_AT ? FILE_IO_WRITE : FILE_IO_READ;
	record->wait_ns = ns;
	event_submit(record, false);
	return 0;
}

/* ---- calls by what they do ---- */

/* The file that a call has opened. Its name is looked at again: another file may have its inode by now. */
static __noinline int io_opened(
	struct task_struct *task, struct task_state *state, s32 fd, const struct io_op *op)
{
	struct file *file = file_of(task, fd, false);
	if (!file)
		return 0;
	struct file_place *place = &state->place;
	file_place(task, file, place, false);
	u32 type = place->mode & FILE_TYPE_MASK, access = BPF_CORE_READ(file, f_flags) & FILE_ACCESS;
	if (type != FILE_TYPE_REGULAR && type != FILE_TYPE_BLOCK)
		return 0;
	u64 inode = (u64)BPF_CORE_READ(file, f_inode);
	struct io_run *run = io_run_of_call(state, inode, op, access);
	u16 kind = run == &state->runs[IO_RUN_WRITE] ? FILE_IO_WRITE : FILE_IO_READ;
	struct file_id *id = &state->other.id;
	/* what was opened to be changed has its parts looked up again */
	call_place(state, place, access != 0, id);
	if (run->inode != inode || run->sums.id.ino != id->ino || run->sums.id.name != id->name) {
		io_end(task, run, kind);
		run->sums.id = *id;
		run->inode = inode;
	}
	io_add_other(&run->sums, op);
	return RETURN_ZERO;
}

/* A range of a file that a call has mapped. */
static __noinline int io_mapped(
	struct task_struct *task, struct task_state *state, s32 fd, const struct io_op *op)
{
	struct file *file = file_of(task, fd, false);
	if (!file)
		return 0;
	struct file_at at = {};
	if ((BPF_CORE_READ(file, f_inode, i_mode) & FILE_TYPE_MASK) != FILE_TYPE_REGULAR)
		return 0;
	file_place(task, file, &state->place, false);
	call_place(state, &state->place, false, &at.id);
	struct event_file_io *record = event_reserve(task, EVENT_FILE_IO, sizeof(*record));
	if (!record)
		return 0;
	__builtin_memset(&record->id, 0, sizeof(*record) - offsetof(struct event_file_io, id));
	record->id = at.id;
	record->op = FILE_IO_MAP;
	record->start = op->start;
	record->wait_ns = op->wait;
	io_add(record, op->bytes, op->ns);
	event_submit(record, false);
	return RETURN_ZERO;
}

/* The offset at which a copy began: before where the pointer or, if it is NULL, the file's position is now. */
static __always_inline u64 io_copy_start(u64 pointer, u64 bytes)
{
	u64 after = 0;
	if (!pointer || bpf_probe_read_user(&after, sizeof(after), (void *)pointer))
		return ~0ull;
	return after - bytes;
}

/* A copy between two files: fills in what is read or, if it `writes`, written. Returns the descriptor. */
static __noinline int io_copy_part(const struct pt_regs *regs, u32 nr, struct io_op *op, bool writes)
{
	bool sends = nr == NR_SENDFILE;
	if (!writes) {
		op->io = CALL_IO_READ_AT;
		op->start = io_copy_start(sends ? regs->dx : regs->si, op->bytes);
		return sends ? regs->si : regs->di;
	}
	op->io = CALL_IO_WRITE_AT;
	op->ns = NO_DURATION; /* it is in the read, and so is the wait */
	op->wait = 0;
	op->before = 0;
	op->start = io_copy_start(sends ? 0 : regs->r10, op->bytes);
	return sends ? regs->di : regs->dx;
}

/* A call that closes: its file was looked up when it began. */
static __noinline int io_closed(struct task_struct *task, struct task_state *state, const struct io_op *op)
{
	const struct file_id *id = &state->closes.id;
	u32 type = id->mode & FILE_TYPE_MASK;
	if (!id->ino || (type != FILE_TYPE_REGULAR && type != FILE_TYPE_BLOCK))
		return 0;
	struct io_run *run = io_run_of_call(state, state->closing_inode, op, 0);
	if (run->inode != state->closing_inode || run->sums.id.ino != id->ino) {
		io_end(task, run, FILE_IO_READ);
		run->sums.id = *id;
		run->inode = state->closing_inode;
	}
	io_add_other(&run->sums, op);
	return RETURN_ZERO;
}

/* Fills in where a call that moves bytes begins, or does all for one that does more. False: nothing is left to be done. */
static __always_inline bool io_call_begins(struct pt_regs *regs, struct task_struct *task,
	struct task_state *state, const struct call_end *end, struct io_op *op)
{
	switch (op->io) {
	case CALL_IO_READ:
	case CALL_IO_WRITE:
		op->start = ~0ull;
		return true;
	case CALL_IO_READ_AT:
	case CALL_IO_WRITE_AT:
		op->start = regs->r10;
		return true;
	}
	if (op->failed || op->io == CALL_IO_OTHER) {
		op->bytes = 0;
		return op->io != CALL_IO_OPEN;
	}
	if (op->io == CALL_IO_OPEN) {
		op->bytes = 0;
		io_opened(task, state, end->result, op);
	} else if (op->io == CALL_IO_MAP) {
		op->bytes = regs->si;
		op->start = regs->r9;
		if (!(regs->r10 & MAP_IS_ANONYMOUS))
			io_mapped(task, state, regs->r8, op);
	} else {
		return true;
	}
	return false;
}

/* Sums up a call that is not emitted. `now`: when it ended; 0: its duration is not known. */
static __always_inline void io_call(struct pt_regs *regs, struct task_struct *task, struct task_state *state,
	const struct call_end *end, u64 now, const bool cast)
{
	const volatile struct call_spec *spec = &call_specs[end->nr % SYSCALL_MAX];
	struct io_op *op = &state->op; /* the stack has no room for it */
	if (spec->io == CALL_IO_NONE)
		return;
	op->io = spec->io;
	op->now = now;
	op->ns = now ? now - end->enter_ns : NO_DURATION;
	op->start = op->before = 0;
	op->direct = 0;
	op->wait = io_waited(state);
	op->failed = end->result < 0 && end->result >= -4095;
	op->bytes = op->failed ? 0 : end->result;
	if (end->nr == NR_CLOSE) {
		io_closed(task, state, op);
		return;
	}
	if (!io_call_begins(regs, task, state, end, op))
		return;
	bool copies = op->io == CALL_IO_COPY && !op->failed;
	s32 fd = copies ? io_copy_part(regs, end->nr, op, false) : call_arg(regs, spec->fd_arg);
	if (descriptors_removed) {
		op->before = now ? state->entered_with : 0;
		if (descriptor_is_doubtful(task, state, fd, end->enter_ns))
			return;
		descriptors_seen(state, bpf_ktime_get_ns());
	}
#pragma clang loop unroll(disable)
	for (int part = 0; part < 2; part++) {
		io_call_on(task, state, fd, op, cast);
		if (!copies)
			break;
		fd = io_copy_part(regs, end->nr, op, true);
	}
}

#endif
