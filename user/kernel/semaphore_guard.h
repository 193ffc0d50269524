/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts semaphores back that the kernel will not. It counts a probe in the first writable mapping of the file's data, which
 * is not that of every copy in a process that has mapped a file several times. What was written there is undone once
 * nobody observes the probe any more: when the trace ends, and by a process of its own if the tracer is killed.
 * The functions are called by one thread at a time.
 */
#ifndef USER_KERNEL_SEMAPHORE_GUARD_H
#define USER_KERNEL_SEMAPHORE_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/events.h"

/* A copy of a file with probes in a process. */
struct guarded {
	pid_t pid;
	int memory; /* /proc/PID/mem: of the program that ran when it was opened, and of no later one */
	uint64_t start, end; /* of the mapping of its code */
	uint64_t dev, ino;   /* of the file, as struct stat has them */
	unsigned count;
	struct guarded_probe {
		uint64_t site, semaphore; /* addresses in the process */
		uint16_t raised;          /* the semaphore's value while the probe is observed */
	} probes[PROBES_COUNT];
};

struct semaphore_guard;

/* Starts the process that undoes what a killed tracer cannot. NULL: errno. */
struct semaphore_guard *semaphore_guard_new(void);

/* Puts back what is pending, and ends the process. NULL is fine. */
void semaphore_guard_free(struct semaphore_guard *guard);

/* Remembers a copy, whose descriptor is duplicated, before its semaphores are written to. It replaces what is known of
 * this copy. 0 or -errno (-E2BIG: too many copies). */
int semaphore_guard_add(struct semaphore_guard *guard, const struct guarded *copy);

/* Sets the semaphores of probes that nobody observes to 0, in the remembered copies and in processes forked since. */
void semaphore_guard_restore(struct semaphore_guard *guard);

/* Raises those of probes that are observed again. */
void semaphore_guard_raise(struct semaphore_guard *guard);

/* True if an instruction is replaced by a breakpoint. */
bool semaphore_observed(int memory, uint64_t site);

#endif
