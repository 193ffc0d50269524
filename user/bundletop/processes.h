/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watched processes: which of them use the library, and where their lists of open bundles are. A process is
 * scanned when it executes a program, soon after, when its linker is done, and then at intervals, for libraries
 * that are loaded later.
 */
#ifndef USER_BUNDLETOP_PROCESSES_H
#define USER_BUNDLETOP_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <uthash.h>

#include "user/kernel/attach.h"
#include "user/kernel/kernel.h"

struct process {
	pid_t pid;
	char comm[16];
	unsigned lists;              /* of open bundles, in `list` */
	uint64_t list[ATTACH_LISTS]; /* addresses */
	int hidden;            /* -EACCES...: why its mappings or counters cannot be read; 0: they can */
	bool traced;           /* its events are emitted: it was marked, or forked by one that was */
	bool born;             /* it executed its program while it was watched: nothing was counted before */
	uint64_t events;       /* of its probes, since the last sample of the overhead */
	double counted;        /* by the library in the last interval, of what the frequent probes report */
	bool unarmed;          /* its probes do not fire: noted */
	unsigned scans;        /* scans since it executed its program */
	uint64_t next_ns;      /* when the next scan is due */
	unsigned unseen;       /* consecutive listings of the machine without it */
	uint64_t files_due_ns; /* --files: when its mappings may be looked at again, and ... */
	bool files_used;       /* ... they are to be */
	uint64_t files_round;  /* the round in which all its files were looked at; 0: not yet */
	UT_hash_handle hh;
};

struct processes {
	struct kernel *kernel;
	bool some;            /* watch only those that were added, or are in the group */
	const char *cgroup;   /* folder of the control group; NULL: none */
	struct process *list; /* uthash by pid */
};

void processes_init(struct processes *processes, struct kernel *kernel);
void processes_free(struct processes *processes);

/* Watches a process, if it is not watched yet; NULL: out of memory. */
struct process *processes_add(struct processes *processes, pid_t pid);

/* Watches all running descendants of the watched processes. */
void processes_add_children(struct processes *processes);

struct process *processes_find(const struct processes *processes, pid_t pid);

/* A process has executed another program, and has that name now. */
void processes_executed(struct processes *processes, pid_t pid, const char *comm, size_t len);
void processes_ended(struct processes *processes, pid_t pid);

/* Adds new processes of the machine or of the group, and forgets those that are gone, calling `gone` for each. 0, or
 * -errno (-ENOENT: the group is gone). */
int processes_list(struct processes *processes, void (*gone)(void *ctx, pid_t pid), void *ctx);

/* Scans the processes that are due: attaches their probes, finds their lists. */
void processes_scan(struct processes *processes, uint64_t now_ns);

/* The name to show; "?" if it is not known, or NULL. */
const char *processes_comm(const struct process *process);

#endif
