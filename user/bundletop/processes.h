/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes of the machine, or those asked for: which of them use the library, and where their lists of
 * open bundles are. A process is looked at when it executes a program, soon after, when its linker is done,
 * and every now and then, for libraries that are loaded later.
 */
#ifndef USER_BUNDLETOP_PROCESSES_H
#define USER_BUNDLETOP_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uthash.h>

#include "user/kernel/kernel.h"

struct process {
	pid_t pid;
	char comm[16];
	uint64_t list;    /* address; 0: it has none */
	bool traced;      /* its events are told: it was marked, or forked by one that was */
	bool born;        /* it executed its program while we watched: nothing was counted before */
	uint64_t events;  /* of its probes, since the overhead was looked at */
	double counted;   /* by the library in the last interval: what the frequent probes tell of */
	unsigned looks;   /* since it executed its program */
	uint64_t next_ns; /* the next look is due */
	unsigned unseen;  /* listings of the machine that it was not in */
	UT_hash_handle hh;
};

struct processes {
	struct kernel *kernel;
	bool some;            /* only those that were added, or are in the group */
	const char *cgroup;   /* folder of a control group; NULL: none is asked for */
	struct process *list; /* uthash by pid */
};

void processes_init(struct processes *processes, struct kernel *kernel);
void processes_free(struct processes *processes);

/* A process to be watched, if it is not yet; NULL: out of memory, or not wanted. */
struct process *processes_add(struct processes *processes, pid_t pid);

/* And their children that run already, and theirs. */
void processes_add_children(struct processes *processes);

struct process *processes_find(const struct processes *processes, pid_t pid);

/* It executes another program, and has that name now. */
void processes_executed(struct processes *processes, pid_t pid, const char *comm, size_t len);
void processes_ended(struct processes *processes, pid_t pid);

/* Finds new processes, all of the machine or of the group, and forgets those that are gone from there; `gone`
 * is told of each. 0, or -errno (-ENOENT: there is no such group any more). */
int processes_list(struct processes *processes, void (*gone)(void *ctx, pid_t pid), void *ctx);

/* Looks at those that are due. */
void processes_look(struct processes *processes, uint64_t now_ns);

/* The name to show; "?" if it is not known, or NULL. */
const char *processes_comm(const struct process *process);

#endif
