/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel.h share. */
#ifndef USER_KERNEL_KERNEL_INSIDE_H
#define USER_KERNEL_KERNEL_INSIDE_H

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <uthash.h>

#include "attach.h"
#include "block_hooks.h"
#include "io_hooks.h"
#include "kernel.h"
#include "kernel_entries.h"
#include "sched_hooks.h"
#include "kernel_hooks.h"
#include "phase_attach.h"
#include "usdt.h"

#include "bundletrace.skel.h"

/* Probes that are attached and detached together: those that may be detached during the trace, and the rest. */
enum group { GROUP_REST, GROUP_FREQUENT, GROUPS };

/* A program or library that was examined, and its probes if it has any. */
struct binary {
	struct {
		uint64_t dev, ino; /* as stat() has them */
	} key;
	struct timespec changed; /* its ctime when it was examined */
	uint64_t since_ns;       /* CLOCK_MONOTONIC: all its probes are attached; 0: it has none */
	uint64_t list;    /* of open bundles: its distance from the file's first byte in memory; 0: none */
	int file;         /* open while some of its probes may be detached and attached again; or -1 */
	int link[GROUPS]; /* one link to all probes of a group; or -1, and ... */
	struct bpf_link *links[PROBES_COUNT]; /* ... one link to each probe; NULL: not attached */
	struct usdt_probes *probes;           /* NULL: it has none */
	struct phase_links *phases;           /* places of the maps of probes; NULL: it has none */
	UT_hash_handle hh;
};

struct kernel {
	struct bundletrace_bpf *skel;
	struct rings *rings;
	bool *online; /* by CPU number, for all possible CPUs */
	unsigned cpus, online_count;
	size_t ring_bytes;   /* of each CPU's ring buffer */
	unsigned call_slots; /* of each CPU's ring of calls; 0: there is none */
	int table;           /* the map of rings; -1: not created yet */
	pthread_t filler;    /* fills `table` while the programs are loaded */
	bool fills;          /* that thread runs */
	int fill_error;
	enum hooks_way way;               /* how hooks are attached (kernel_hooks.h) */
	enum hooks_preemption preemption; /* of hooks at BTF tracepoints */
	struct hook_link hooks[HOOKS];
	int events;  /* a map that keeps their perf events; -1: there is none */
	int *majors; /* links to the event of major faults, by CPU; -1: none; NULL: not attached */
	int *minors; /* likewise of minor faults */
	struct io_sees sees;
	struct bpf_link *entries[ENTRIES_MAX]; /* at entries of single calls; NULL: none */
	uint64_t skipped_before[EVENT_KINDS];  /* hooks_skipped() when the trace began */
	uint64_t skipped_after[EVENT_KINDS];   /* ... and when it ended: `over` */
	bool over;
	unsigned long members;         /* tasks alive, counted ... */
	uint64_t members_ns;           /* ... at this time; 0: not counted yet */
	pthread_mutex_t binaries_lock; /* of what follows: bundletrace attaches late files in a thread */
	struct binary *binaries;       /* uthash, in the order in which they were found */
	struct attach_results attached;
	struct semaphore_guard *guard; /* NULL: no process needs it so far */
	uint32_t app;                  /* FILTER_APP() of the wanted probes */
	bool live;
	bool steps;    /* the frequent probes may be detached */
	bool detached; /* they are */
	pid_t only;    /* probes fire in this process alone; 0: in all */
	bool multi;    /* one program and one link for all probes of a binary, where their sites allow it */
	bool multi_links;             /* the kernel has such links */
	struct kernel_phases *phases; /* NULL: there is no map of probes */
};

/* --- ring_sizes.c --- */

/* Creates the rings, before the programs are loaded; connects what needs the programs' own maps, after. 0 or
 * -errno. */
int kernel_rings_configure(struct kernel *kernel, const struct kernel_options *options);
int kernel_rings_connect(struct kernel *kernel);
void kernel_rings_free(struct kernel *kernel);

/* --- kernel_probes.c --- */

/* The program of a probe that is attached by itself. */
struct bpf_program *kernel_app_program(const struct kernel *kernel, unsigned kind);

/* Attaches the wanted ones of binary->probes, of the file. How many, or -errno; *why may get a reason. The caller holds
 * the lock. */
int kernel_probes_attach(struct kernel *kernel, struct binary *binary, int file, struct text *why);

/* Detaches all probes of all binaries. */
void kernel_probes_detach(struct kernel *kernel);

/* Detaches the frequent probes (hit, miss, load, evict, prefetch), or attaches them again. It takes the kernel a
 * tenth of a second for each binary. 0 or -errno. */
int kernel_probes_detach_frequent(struct kernel *kernel, bool detach);

/* --- attach.c --- */

/* The entry of a file; NULL: it was not examined, or is forgotten. The caller holds the lock. */
struct binary *attach_find(const struct kernel *kernel, const struct stat *st);

/* Forgets all binaries, whose probes are detached. */
void attach_forget(struct kernel *kernel);

/* --- kernel_tasks.c --- */

/* Runs an attached iterator over all tasks. 0 or -errno. */
int kernel_walk(const struct bpf_link *link);

#endif
