/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* a thread without memory has no times */
#include "off_cpu.h"

#include <stdlib.h>

#include <uthash.h>

struct off_cpu_time {
	uint64_t from_ns, to_ns; /* 0, 0: it has been taken */
	struct off_cpu_sums sums;
};

struct off_cpu_thread {
	uint32_t tid;
	uint32_t next; /* where the next one is kept: in place of the oldest */
	struct off_cpu_time times[OFF_CPU_TIMES];
	UT_hash_handle hh;
};

void off_cpu_add(struct off_cpu_sums *sums, const struct event *ev)
{
	if (ev->sched.reason != OFF_DISK)
		sums->blocked_ns += ev->sched.blocked_ns;
	sums->runnable_ns += ev->sched.runnable_ns;
}

/* NULL: no memory for it. */
static struct off_cpu_thread *thread_of(struct off_cpu *off, uint32_t tid)
{
	struct off_cpu_thread *thread;
	HASH_FIND(hh, off->threads, &tid, sizeof(tid), thread);
	if (thread)
		return thread;
	if (HASH_COUNT(off->threads) >= OFF_CPU_THREADS)
		off_cpu_free(off);
	thread = calloc(1, sizeof(*thread));
	if (!thread)
		return NULL;
	thread->tid = tid;
	HASH_ADD(hh, off->threads, tid, sizeof(thread->tid), thread);
	if (thread->hh.tbl)
		return thread;
	free(thread);
	return NULL;
}

void off_cpu_keep(struct off_cpu *off, const struct event *ev)
{
	struct off_cpu_thread *thread = ev->duration_ns < ev->time_ns ? thread_of(off, ev->tid) : NULL;
	if (!thread)
		return;
	struct off_cpu_time *time = &thread->times[thread->next++ % OFF_CPU_TIMES];
	*time = (struct off_cpu_time){ .from_ns = ev->time_ns - ev->duration_ns, .to_ns = ev->time_ns };
	off_cpu_add(&time->sums, ev);
}

struct off_cpu_sums off_cpu_take(struct off_cpu *off, uint32_t tid, uint64_t from_ns, uint64_t to_ns)
{
	struct off_cpu_sums all = { 0 };
	struct off_cpu_thread *thread;
	HASH_FIND(hh, off->threads, &tid, sizeof(tid), thread);
	for (unsigned i = 0; thread && i < OFF_CPU_TIMES; i++) {
		struct off_cpu_time *time = &thread->times[i];
		if (!time->to_ns || time->from_ns < from_ns || time->to_ns > to_ns)
			continue;
		all.blocked_ns += time->sums.blocked_ns;
		all.runnable_ns += time->sums.runnable_ns;
		*time = (struct off_cpu_time){ 0 };
	}
	return all;
}

void off_cpu_free(struct off_cpu *off)
{
	struct off_cpu_thread *thread, *next;
	HASH_ITER (hh, off->threads, thread, next) {
		HASH_DEL(off->threads, thread);
		free(thread);
	}
}
