/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel side of a trace: loaded, attached, asked for its counts, taken down again. */
#ifndef BUNDLETRACE_KERNEL_H
#define BUNDLETRACE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../common/filter.h"
#include "../common/rings.h"
#include "../common/sink.h"

struct kernel;

struct kernel_options {
	const struct filter *filter;
	bool durations;    /* time every call: one hook more */
	bool emit_calls;   /* hand out calls one by one */
	bool count_calls;  /* count them in the kernel */
	bool follow;       /* trace children too */
	bool running;      /* processes that run already are to be traced */
	bool live;         /* hits and the like from the library's live counters, where the kernel can */
	bool each;         /* with `live`: each miss, eviction and prefetch is told too, all but hits */
	bool files;        /* what is done with files, counted in file_uses: the caller attaches it */
	bool steps;        /* kernel_probes_fewer() may be called */
	size_t ring_bytes; /* of each CPU's ring; a power of two */
};

/* Loads the programs. NULL: the reason has been reported. */
struct kernel *kernel_load(const struct kernel_options *options);

/* Detaches and frees everything, in whatever state it is. */
void kernel_free(struct kernel *kernel);

/* Traces a process that waits to execute its command, from that execve on. 0, or reported and -errno. */
int kernel_trace_command(struct kernel *kernel, pid_t pid);

/*
 * Traces running processes from now on, all their threads; call after kernel_attach(), so that no thread made
 * meanwhile is missed. `pids` NULL: all of the machine. 0, or reported and -errno.
 */
int kernel_trace_running(struct kernel *kernel, const pid_t *pids, unsigned count);

/* Attaches the hooks of the system-call and process layers. 0, or reported and -errno. */
int kernel_attach(struct kernel *kernel);

/*
 * Attaches the wanted probes in a program or shared library, by its path. Returns how many; 0 if it has none,
 * is no program, or they are attached already; or -errno (-ENOENT: there is no such file any more).
 * *since_ns: when its probes were attached, CLOCK_MONOTONIC; 0: it has none.
 */
int kernel_attach_probes(struct kernel *kernel, const char *path, uint64_t *since_ns);

/* True if the process is traced; pid as the tracer has it. */
bool kernel_traces(const struct kernel *kernel, pid_t pid);

/* Ends the trace: what happens from here on is neither handed out nor counted. The hooks stay until
 * kernel_detach(). */
void kernel_stop(struct kernel *kernel);

/* After that: hands out the calls that have not returned. 0 or -errno. */
int kernel_tell_unfinished(struct kernel *kernel);

/* Detaches all hooks. The kernel waits about a tenth of a second for each probe, one after the other. */
void kernel_detach(struct kernel *kernel);

/* True if it takes the live counters: the probes that they make needless are not attached. */
bool kernel_takes_live(const struct kernel *kernel);

/* That the process keeps its list of open bundles at this address. 0 or -errno. */
int kernel_add_list(struct kernel *kernel, pid_t pid, uint64_t list);

/* Calls `each` for every process whose list is known and not handed out yet. The first error ends it. */
int kernel_lists(struct kernel *kernel, int (*each)(void *ctx, pid_t pid, uint64_t list), void *ctx);

/* Takes the frequent probes off (hit, miss, load, evict, prefetch), or puts them back. It takes the kernel a
 * tenth of a second for each binary. 0 or -errno. */
int kernel_probes_fewer(struct kernel *kernel, bool fewer);

/* One more probe, which is told as an event of that kind: a site in a file that has the arguments where a
 * call has them. The link, to be closed, or -errno (-ENOTSUP: the kernel has no links to many probes). */
int kernel_attach_site(struct kernel *kernel, const char *path, uint64_t offset, uint16_t kind);

/* The programs and maps themselves. */
struct bundletrace_bpf;
struct bundletrace_bpf *kernel_skeleton(const struct kernel *kernel);

struct rings *kernel_rings(const struct kernel *kernel);

/* Traced processes that have not ended. */
unsigned long kernel_live(const struct kernel *kernel);

/* What was lost so far, summed over the CPUs. 0 or -errno. */
int kernel_lost(const struct kernel *kernel, uint64_t lost[EVENT_KINDS][LOST_CAUSES]);

/* Fills calls (SYSCALL_MAX of them) and lost, summed over the CPUs. 0 or -errno. */
int kernel_counts(
	const struct kernel *kernel, struct call_count *calls, uint64_t lost[EVENT_KINDS][LOST_CAUSES]);

#endif
