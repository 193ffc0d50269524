/* SPDX-License-Identifier: BSD-2-Clause */
#include "io_hooks.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel_inside.h"

#define INODE_NAMES 16384 /* files whose names are known by their inodes alone */

/* True if a program may be attached where a function begins: the kernel has it, and nothing forbids such programs. */
static bool can_hook(const char *function)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int id = libbpf_find_vmlinux_btf_id(function, BPF_TRACE_FENTRY);
	if (id <= 0)
		return false;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		.attach_btf_id = (__u32)id);
	int program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "try", "GPL", nothing, 2, &opts);
	if (program >= 0)
		close(program);
	return program >= 0;
}

static bool tracepoint(const char *name)
{
	return libbpf_find_vmlinux_btf_id(name, BPF_TRACE_RAW_TP) > 0;
}

void io_hooks_configure(struct kernel *kernel, bool wanted)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool points = wanted && tracepoint("mm_filemap_fault") && tracepoint("mm_filemap_map_pages");
	bool functions = wanted && !points && can_hook("filemap_fault") && can_hook("filemap_map_pages");
	skel->rodata->sum_files = wanted;
	if (wanted)
		bpf_map__set_max_entries(skel->maps.inode_names, INODE_NAMES);
	bpf_program__set_autoload(skel->progs.on_filemap_fault, functions);
	bpf_program__set_autoload(skel->progs.on_filemap_map, functions);
	bpf_program__set_autoload(skel->progs.on_mm_filemap_fault, points);
	bpf_program__set_autoload(skel->progs.on_mm_filemap_map, points);
	bpf_program__set_autoload(skel->progs.on_major_fault, functions || points);
	bpf_program__set_autoload(skel->progs.on_fill, wanted && tracepoint("mm_filemap_add_to_page_cache"));
	bpf_program__set_autoload(skel->progs.on_switch, wanted);
	bpf_program__set_autoload(skel->progs.emit_runs, wanted);
}

static bool attach(const struct bpf_program *program, struct bpf_link **link)
{
	*link = bpf_program__autoload(program) ? bpf_program__attach(program) : NULL;
	return *link != NULL;
}

#define ATTACH(skel, name) attach((skel)->progs.name, &(skel)->links.name)

/* The software event of major faults of a CPU, with the program at it. -1: there is none. */
static int attach_major(const struct bpf_program *program, unsigned cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS_MAJ,
		.sample_period = 1,
	};
	int event = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -1;
	int link = bpf_link_create(bpf_program__fd(program), event, BPF_PERF_EVENT, NULL);
	close(event); /* the link keeps it */
	return link < 0 ? -1 : link;
}

static bool attach_majors(struct kernel *kernel)
{
	const struct bpf_program *program = kernel->skel->progs.on_major_fault;
	bool all = bpf_program__autoload(program);
	kernel->majors = calloc(kernel->cpus, sizeof(*kernel->majors));
	if (!kernel->majors)
		return false;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		kernel->majors[cpu] = all && kernel->online[cpu] ? attach_major(program, cpu) : -1;
		all = all && (!kernel->online[cpu] || kernel->majors[cpu] >= 0);
	}
	return all;
}

/* What cannot be seen, in the order of how much is missing. */
static const char *unseen(bool faults, bool fills, bool majors, bool waits)
{
	if (!faults && !fills)
		return "page faults and what comes into memory through mappings cannot be seen on this kernel";
	if (!faults)
		return "page faults in mapped files cannot be seen on this kernel: only what comes into memory for them";
	if (!fills)
		return "what comes into memory from storage cannot be seen on this kernel";
	if (!majors)
		return "which page faults had to read cannot be seen here: all count as minor";
	return waits ? NULL : "how long tasks wait for the disk cannot be seen on this kernel";
}

void io_hooks_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	if (!bpf_program__autoload(skel->progs.emit_runs))
		return;
	/* first what ends a fault, then what begins one */
	bool majors = attach_majors(kernel);
	bool faults = (ATTACH(skel, on_mm_filemap_map) && ATTACH(skel, on_mm_filemap_fault)) ||
		      (ATTACH(skel, on_filemap_map) && ATTACH(skel, on_filemap_fault));
	bool fills = ATTACH(skel, on_fill), waits = ATTACH(skel, on_switch);
	kernel->unseen = unseen(faults, fills, majors, waits);
}

void io_hooks_detach(struct kernel *kernel)
{
	for (unsigned cpu = 0; kernel->majors && cpu < kernel->cpus; cpu++)
		if (kernel->majors[cpu] >= 0)
			close(kernel->majors[cpu]);
	free(kernel->majors);
	kernel->majors = NULL;
}

const char *io_hooks_unseen(const struct kernel *kernel)
{
	return kernel->unseen;
}
