/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel side of a trace: loads its BPF programs, attaches their hooks, starts and stops it. */
#ifndef USER_KERNEL_KERNEL_H
#define USER_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "user/calls/filter.h"
#include "rings.h"
#include "user/event/sink.h"
#include "user/probemap/probemap.h"

struct kernel;

struct kernel_options {
	const struct filter *filter;
	const struct probemaps *maps; /* of probes, whose phases are traced: kept; NULL: none */
	bool durations;               /* time every call: needs one more hook */
	bool emit_calls;              /* emit a record for each call */
	bool count_calls;             /* count calls in the kernel */
	bool spread_calls; /* and the distribution of their durations, for call_times_take(); needs `durations` */
	bool sum_files; /* sum up what is done to each file: calls, where none is emitted; faults and fills */
	bool follow;    /* trace children too */
	bool running;   /* processes that already run will be traced */
	bool everyone;  /* trace every process of the machine that `whom` matches */
	struct whom whom;  /* restricts which processes are traced */
	pid_t only;        /* the only traced process, so that others do not pay for its probes; 0: several */
	bool live;         /* take hits and the like from the library's live counters, where the kernel can */
	bool each;         /* with `live`: emit every miss, eviction and prefetch as well, only no hits */
	bool files;        /* count uses of files in the map file_uses; the caller attaches these hooks */
	bool steps;        /* kernel_detach_frequent() may be called */
	size_t ring_bytes; /* per CPU, a power of two; 0: chosen by the memory available */
	unsigned stack_bytes;  /* of the user stack, copied before each event; 0: none */
	bool stacks_selected;  /* none for files and bundles that kernel_stacks.h says are not shown */
	unsigned stack_frames; /* return addresses copied with it, by frame pointers */
};

/* Loads the BPF programs. To be freed by kernel_free(). NULL: the reason has been reported. */
struct kernel *kernel_load(const struct kernel_options *options);

/* Detaches and frees everything, in whatever state it is. NULL is allowed. */
void kernel_free(struct kernel *kernel);

/* Attaches the hooks of the system-call and process layers. Call it before marking who is traced, so that no task
 * created meanwhile is missed; kernel_begin() comes last. 0, or reported and -errno. */
int kernel_attach(struct kernel *kernel);

/* Traces a process that is waiting to execute its command, from that execve on. 0, or reported and -errno. */
int kernel_trace_command(struct kernel *kernel, pid_t pid);

/* Never traces this process. `flags`: TASK_READER and the like. Before kernel_trace_running(). 0 or -errno. */
int kernel_exclude(struct kernel *kernel, pid_t pid, unsigned flags);

/* Traces running processes with all their threads; with `everyone`, all that match. 0, or reported and -errno. */
int kernel_trace_running(struct kernel *kernel, const pid_t *pids, unsigned count);

/* With `whom`: marks tasks that have come to match. How many were added, or -errno. */
long kernel_rescan(struct kernel *kernel);

/* Starts emitting events, or pauses it. */
void kernel_begin(struct kernel *kernel);
void kernel_hold(struct kernel *kernel);

/* Call it for every exec event: attaches the probes of the `only` process again where the exec has lost them. 0 or
 * -errno. */
int kernel_only_executed(struct kernel *kernel);

/* True if the process is traced, or is the command that will be. `pid`: in the tracer's pid namespace. */
bool kernel_traces(const struct kernel *kernel, pid_t pid);

/* Calls `each` for every process in /proc that is traced. */
void kernel_each_traced(const struct kernel *kernel, void (*each)(void *ctx, pid_t pid), void *ctx);

/* Ends the trace: later events are neither emitted nor counted. The hooks stay until kernel_detach(). */
void kernel_stop(struct kernel *kernel);

/* After kernel_stop(), when hooks that were running have ended: emits what is summed up, and the calls that have not
 * returned. 0 or -errno. */
int kernel_emit_unfinished(struct kernel *kernel);

/* Detaches all hooks. Takes the kernel about a tenth of a second for each binary, or for each probe where these are
 * attached one by one (before Linux 6.6, or with arguments in unusual places). */
void kernel_detach(struct kernel *kernel);

/* True if it reads the library's live counters: the probes that they replace are not attached. */
bool kernel_reads_counters(const struct kernel *kernel);

/* Registers the address of a process's list of open bundles: one for each copy of the library that it has mapped. 0 or
 * -errno (-EEXIST: it is registered, by this function or by its own probe; -E2BIG: LIVE_LISTS are). */
int kernel_add_list(struct kernel *kernel, pid_t pid, uint64_t list);

/* Calls `each` for every registered list whose counters have not been emitted yet. The first error of
 * `each` ends the walk and is returned. */
int kernel_lists(struct kernel *kernel, int (*each)(void *ctx, pid_t pid, uint64_t list), void *ctx);

/* Attaches one more probe, which emits events of this kind: the instruction at `offset` in a file, with its arguments
 * in the registers of a function call. The link, to be closed, or -errno (-ENOTSUP: no multi-uprobe links). */
int kernel_attach_site(struct kernel *kernel, const char *path, uint64_t offset, uint16_t kind);

/* The BPF programs and maps themselves. */
struct bundletrace_bpf;
struct bundletrace_bpf *kernel_skeleton(const struct kernel *kernel);

struct rings *kernel_rings(const struct kernel *kernel);

/* Tasks that are traced, or may become traced, and have not ended. May be a quarter of a second old, but for 0. */
unsigned long kernel_tasks_alive(struct kernel *kernel);

/* True if probes are attached in the files of traced processes: the library's, or those of maps. */
bool kernel_attaches_probes(const struct kernel *kernel);

/* True if requests of io_uring are observed. */
bool kernel_tells_requests(const struct kernel *kernel);

/* After kernel_stop(): requests of io_uring that were submitted, and not seen to complete. */
unsigned long kernel_requests_unseen(const struct kernel *kernel);

/* Child processes that were not traced because `follow` is off. */
unsigned long kernel_children_left(const struct kernel *kernel);

#endif
