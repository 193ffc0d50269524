/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Runs: operations of a task on one file, each beginning where the one before ended, summed up in the task's state and
 * emitted as one record when that ends. A task has one of each kind, so that a program that copies does not end its
 * reads with each write.
 */
#ifndef BPF_IO_RUN_H
#define BPF_IO_RUN_H

#include "core.h"
#include "spread.h"

#define IO_PAGES_BYTES                                                                                       \
	(1 << 20)        /* runs of faults and of pages end here, so that their time is known closely */
#define SPREAD_FULL  254 /* no bucket reaches 255 */
#define IO_COUNT_MAX (1u << 31) /* of operations that are not timed */

/* Adds how long an operation took. */
static __always_inline void io_add_time(struct event_file_io *sums, u64 ns)
{
	sums->total_ns += ns;
	if (ns > sums->max_ns)
		sums->max_ns = ns;
	u32 bucket = io_bucket(ns);
	if (bucket < IO_SPREAD && sums->spread[bucket] < SPREAD_FULL)
		sums->spread[bucket]++;
}

/* Adds one operation that took `ns`, or NO_DURATION. */
static __always_inline void io_add(struct event_file_io *sums, u64 bytes, u64 ns)
{
	sums->count++;
	sums->bytes += bytes;
	if (ns != NO_DURATION)
		io_add_time(sums, ns);
}

/* Empties a run, which stays one of its file. */
static __always_inline void io_reset(struct io_run *run, u64 start)
{
	struct event_file_io *sums = &run->sums;
	u16 flags = sums->flags & ~FILE_IO_SCATTERED;
	__builtin_memset(&sums->count, 0, sizeof(*sums) - offsetof(struct event_file_io, count));
	sums->flags = flags;
	sums->start = run->next = start;
}

/* How many operations a run stands for. */
static __always_inline u32 io_operations(const struct event_file_io *sums)
{
	return sums->count + sums->others + sums->errors + sums->opens;
}

/* Emits what a run holds, as an operation `op`. False: the ring is full, and the run is as it was. */
static __always_inline bool io_emit(struct task_struct *task, const struct io_run *run, u16 op)
{
	const struct event_file_io *sums = &run->sums;
	if (!io_operations(sums) && !sums->wait_ns)
		return true;
	void *ring = event_ring();
	struct event_file_io *record = ring ? bpf_ringbuf_reserve(ring, sizeof(*record), 0) : NULL;
	if (!record)
		return false;
	__builtin_memcpy(&record->id, &sums->id, sizeof(*sums) - offsetof(struct event_file_io, id));
	record->op = op;
	event_stamp(&record->head, task, EVENT_FILE_IO, sizeof(*record));
	event_submit(record, false);
	return true;
}

/* Emits a run that cannot go on, or counts its operations as lost. */
static __always_inline void io_end(struct task_struct *task, struct io_run *run, u16 op)
{
	if (!io_emit(task, run, op))
		events_lost(EVENT_FILE_IO, LOST_RING_FULL, io_operations(&run->sums));
	run->inode = 0;
	io_reset(run, 0);
}

/* Emits a run of pages (pages_run.h), if there is one. Not as that of the task that runs. */
static __always_inline void pages_end(struct task_struct *task, struct pages_run *run)
{
	if (!run->inode)
		return;
	run->inode = 0;
	u32 pid = run->pages.head.pid, tid = run->pages.head.tid;
	struct event_pages *record = event_reserve(task, EVENT_PAGES, sizeof(*record));
	if (!record)
		return;
	__builtin_memcpy(&record->id, &run->pages.id, sizeof(*record) - offsetof(struct event_pages, id));
	record->head.pid = pid;
	record->head.tid = tid;
	event_submit(record, false);
}

/* Emits all that a task has summed up, at its end or that of the trace. */
static __noinline __attribute__((unused)) int io_flush(struct task_struct *task, struct task_state *state)
{
	io_end(task, &state->runs[IO_RUN_READ], FILE_IO_READ);
	io_end(task, &state->runs[IO_RUN_WRITE], FILE_IO_WRITE);
	io_end(task, &state->runs[IO_RUN_FAULT], FILE_IO_FAULT);
	io_end(task, &state->runs[IO_RUN_FILL], FILE_IO_FILL);
	pages_end(task, &state->added);
	return RETURN_ZERO;
}

static __always_inline void io_settle(struct task_struct *task, struct io_run *run, u16 op)
{
	if (io_emit(task, run, op))
		io_reset(run, run->next);
}

/* Emits the pages that a call, a fault or a request has brought, before that is emitted itself. */
static __noinline __attribute__((unused)) int io_settle_fills(
	struct task_struct *task, struct task_state *state)
{
	io_settle(task, &state->runs[IO_RUN_FILL], FILE_IO_FILL);
	return RETURN_ZERO;
}

static __always_inline bool io_has_fills(const struct task_state *state)
{
	return sum_files && state->runs[IO_RUN_FILL].sums.count;
}

/* Emits what a task has summed up so far; its runs go on. */
static __noinline __attribute__((unused)) int io_settle_all(
	struct task_struct *task, struct task_state *state)
{
	io_settle(task, &state->runs[IO_RUN_READ], FILE_IO_READ);
	io_settle(task, &state->runs[IO_RUN_WRITE], FILE_IO_WRITE);
	io_settle(task, &state->runs[IO_RUN_FAULT], FILE_IO_FAULT);
	io_settle(task, &state->runs[IO_RUN_FILL], FILE_IO_FILL);
	return RETURN_ZERO;
}

#endif
