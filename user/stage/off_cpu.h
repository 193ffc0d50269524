/* SPDX-License-Identifier: BSD-2-Clause */
/* The last times that threads were off the CPU, until it is known which load they belong to. */
#ifndef USER_STAGE_OFF_CPU_H
#define USER_STAGE_OFF_CPU_H

#include "user/event/event.h"

enum { OFF_CPU_THREADS = 1024, OFF_CPU_TIMES = 64 };

struct off_cpu_sums {
	uint64_t blocked_ns; /* for what is not the disk */
	uint64_t runnable_ns;
};

struct off_cpu {
	struct off_cpu_thread *threads; /* uthash; beyond OFF_CPU_THREADS, all are forgotten */
};

/* Adds an EVENT_SCHED to sums. */
void off_cpu_add(struct off_cpu_sums *sums, const struct event *ev);

/* Keeps an EVENT_SCHED: the last OFF_CPU_TIMES of each thread. */
void off_cpu_keep(struct off_cpu *off, const struct event *ev);

/* Takes out what a thread has within a time. */
struct off_cpu_sums off_cpu_take(struct off_cpu *off, uint32_t tid, uint64_t from_ns, uint64_t to_ns);

void off_cpu_free(struct off_cpu *off);

#endif
