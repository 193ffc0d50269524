/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel side of a trace: loaded, attached, asked for its counts, taken down again. */
#ifndef USER_KERNEL_KERNEL_H
#define USER_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "user/calls/filter.h"
#include "rings.h"
#include "user/event/sink.h"

struct kernel;

struct kernel_options {
	const struct filter *filter;
	bool durations;    /* time every call: one hook more */
	bool emit_calls;   /* hand out calls one by one */
	bool count_calls;  /* count them in the kernel */
	bool spread_calls; /* and how their times are spread: for call_times_take(); needs durations */
	bool follow;       /* trace children too */
	bool running;      /* processes that run already are to be traced */
	bool everyone;     /* any of the machine that `whom` chooses */
	struct whom whom;  /* narrows down who is traced */
	pid_t only;        /* the one process that is traced: others do not pay for its probes; 0: several */
	bool live;         /* hits and the like from the library's live counters, where the kernel can */
	bool each;         /* with `live`: each miss, eviction and prefetch is told too, all but hits */
	bool files;        /* what is done with files, counted in file_uses: the caller attaches it */
	bool steps;        /* kernel_probes_fewer() may be called */
	size_t ring_bytes; /* of each CPU; a power of two; 0: chosen by memory */
	unsigned stack_bytes;  /* of the user stack, before each event; 0: none */
	unsigned stack_frames; /* return addresses with it, by frame pointers */
};

/* Loads the programs. NULL: the reason has been reported. */
struct kernel *kernel_load(const struct kernel_options *options);

/* Detaches and frees everything, in whatever state it is. */
void kernel_free(struct kernel *kernel);

/* Attaches the hooks of the system-call and process layers. 0, or reported and -errno. Then it is said who is
 * traced, so that no task made meanwhile is missed, and kernel_begin(). */
int kernel_attach(struct kernel *kernel);

/* Traces a process that waits to execute its command, from that execve on. 0, or reported and -errno. */
int kernel_trace_command(struct kernel *kernel, pid_t pid);

/* A process is never traced: `flags` are TASK_SINK and the like. Before kernel_trace_running(). 0 or -errno. */
int kernel_exclude(struct kernel *kernel, pid_t pid, unsigned flags);

/* Traces running processes, all their threads; with `everyone`, all that are chosen. 0, or reported and
 * -errno. */
int kernel_trace_running(struct kernel *kernel, const pid_t *pids, unsigned count);

/* With `whom`: looks again who is chosen. How many tasks were added, or -errno. */
long kernel_rescan(struct kernel *kernel);

/* From here on, what happens is handed out; and for a while not. */
void kernel_begin(struct kernel *kernel);
void kernel_hold(struct kernel *kernel);

/* To be told of each program that the `only` process executes. 0 or -errno. */
int kernel_only_executed(struct kernel *kernel);

/* True if the process is traced, or the command that will be; pid as the tracer has it. */
bool kernel_traces(const struct kernel *kernel, pid_t pid);

/* Calls `each` for every process of /proc that is. */
void kernel_each_traced(const struct kernel *kernel, void (*each)(void *ctx, pid_t pid), void *ctx);

/* Ends the trace: what happens from here on is neither handed out nor counted. The hooks stay until
 * kernel_detach(). */
void kernel_stop(struct kernel *kernel);

/* After that: hands out the calls that have not returned. 0 or -errno. */
int kernel_emit_unfinished(struct kernel *kernel);

/* Detaches all hooks. The kernel waits about a tenth of a second for each binary's probes; where they are
 * attached one by one (before Linux 6.6, or arguments in unusual places), for each probe. */
void kernel_detach(struct kernel *kernel);

/* True if it takes the live counters: the probes that they make needless are not attached. */
bool kernel_reads_counters(const struct kernel *kernel);

/* That the process keeps its list of open bundles at this address. 0 or -errno. */
int kernel_add_list(struct kernel *kernel, pid_t pid, uint64_t list);

/* Calls `each` for every process whose list is known and not handed out yet. The first error ends it. */
int kernel_lists(struct kernel *kernel, int (*each)(void *ctx, pid_t pid, uint64_t list), void *ctx);

/* One more probe, which is told as an event of that kind: a site in a file that has the arguments where a
 * call has them. The link, to be closed, or -errno (-ENOTSUP: the kernel has no links to many probes). */
int kernel_attach_site(struct kernel *kernel, const char *path, uint64_t offset, uint16_t kind);

/* The programs and maps themselves. */
struct bundletrace_bpf;
struct bundletrace_bpf *kernel_skeleton(const struct kernel *kernel);

struct rings *kernel_rings(const struct kernel *kernel);

/* Tasks that are traced, or may be, and have not ended. */
unsigned long kernel_tasks_alive(const struct kernel *kernel);

/* Child processes that were not traced, without `follow`. */
unsigned long kernel_children_left(const struct kernel *kernel);

/* True if the list of a process is known by kernel_add_list() or from the process itself. */
bool kernel_has_list(const struct kernel *kernel, pid_t pid);

#endif
