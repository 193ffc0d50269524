/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of kernel.h share. */
#ifndef USER_KERNEL_KERNEL_INSIDE_H
#define USER_KERNEL_KERNEL_INSIDE_H

#include <pthread.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <uthash.h>

#include "kernel.h"
#include "usdt.h"

#include "bundletrace.skel.h"

/* One link for many uprobes, from Linux 6.6 on: older headers and libraries do not know it. */
#define ATTACH_UPROBE_MULTI 48 /* BPF_TRACE_UPROBE_MULTI */

/* Probes that are attached and taken off together: those that may be taken off while the trace goes on, and
 * the rest. */
enum group { GROUP_REST, GROUP_FREQUENT, GROUPS };

/* A binary that was looked at: its probes, if it has any. */
struct binary {
	struct {
		uint64_t dev, ino;
	} key;
	struct timespec changed; /* when it was looked at */
	uint64_t since_ns;       /* CLOCK_MONOTONIC: all its probes are attached; 0: it has none */
	int file;                /* while probes are attached that may be taken off, or -1 */
	int link[GROUPS];        /* to all probes of a group, or -1 ... */
	struct bpf_link *links[PROBES_COUNT]; /* ... or to each; NULL: not attached */
	UT_hash_handle hh;
};

struct kernel {
	struct bundletrace_bpf *skel;
	struct rings *rings;
	bool *online; /* by CPU number, of those that are possible */
	unsigned cpus, online_count;
	size_t ring_bytes;   /* of each CPU's ring buffer */
	unsigned call_slots; /* of each CPU's ring of calls; 0: there is none */
	int table;           /* the map that the kernel side finds its rings in; -1 */
	pthread_t filler;    /* which fills it, while ... */
	bool fills;
	int fill_error;
	struct binary *binaries;
	uint32_t app; /* FILTER_APP() of the wanted probes */
	bool live;
	bool steps; /* the frequent probes may be taken off */
	bool fewer; /* and are */
	pid_t only; /* probes are attached in this process alone; 0: in all */
	bool multi; /* one program and one link for all probes of a binary, where their sites allow it */
};

/* kernel_rings.c. The rings, before the programs are loaded; what needs the programs' own maps, after. 0 or
 * -errno. */
int kernel_rings_configure(struct kernel *kernel, const struct kernel_options *options);
int kernel_rings_connect(struct kernel *kernel);
void kernel_rings_free(struct kernel *kernel);

/* kernel_probes.c. The program of a probe that is attached by itself; all probes off; no binary known. */
struct bpf_program *kernel_app_program(const struct kernel *kernel, unsigned kind);
void kernel_probes_detach(struct kernel *kernel);
void kernel_probes_forget(struct kernel *kernel);

/* Runs an attached iterator over all tasks. 0 or -errno. */
int kernel_walk(const struct bpf_link *link);

#endif
