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

/* Pages that are deleted, and the runs of those that are added. */
static void configure_pages(struct kernel *kernel, bool wanted, bool shown)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool deletes = wanted && tracepoint("mm_filemap_delete_from_page_cache");
	skel->rodata->see_pages = wanted;
	skel->rodata->pages_shown = shown;
	if (wanted)
		bpf_map__set_max_entries(skel->maps.gone_pages, GONE_PIECES);
	if (wanted)
		bpf_map__set_max_entries(skel->maps.pages_deleted, (unsigned)libbpf_num_possible_cpus());
	bpf_program__set_autoload(skel->progs.on_delete, deletes);
	bpf_program__set_autoload(skel->progs.emit_deleted, deletes);
}

void io_hooks_configure(struct kernel *kernel, bool wanted, const struct filter *filter)
{
	struct bundletrace_bpf *skel = kernel->skel;
	enum filter_faults faults = filter->sums_only ? FAULTS_NONE : filter->faults;
	configure_pages(kernel, wanted && filter_wants_layer(filter, FILTER_PAGECACHE), !filter->sums_only);
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
	bpf_program__set_autoload(skel->progs.on_minor_fault, (functions || points) && faults == FAULTS_ALL);
	skel->rodata->major_faults = faults != FAULTS_NONE;
	skel->rodata->all_faults = faults == FAULTS_ALL;
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

/* A software event of a CPU, with a program at it. -1: there is none. */
static int attach_event(const struct bpf_program *program, uint64_t config, unsigned cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = config,
		.sample_period = 1,
	};
	int event = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -1;
	int link = bpf_link_create(bpf_program__fd(program), event, BPF_PERF_EVENT, NULL);
	close(event); /* the link keeps it */
	return link < 0 ? -1 : link;
}

/* The events of all CPUs. False: one is missing, or there is no memory. */
static bool attach_events(
	struct kernel *kernel, const struct bpf_program *program, uint64_t config, int **links)
{
	bool all = bpf_program__autoload(program);
	*links = calloc(kernel->cpus, sizeof(**links));
	if (!*links)
		return false;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		(*links)[cpu] = all && kernel->online[cpu] ? attach_event(program, config, cpu) : -1;
		all = all && (!kernel->online[cpu] || (*links)[cpu] >= 0);
	}
	return all;
}

static void detach_events(struct kernel *kernel, int **links)
{
	for (unsigned cpu = 0; *links && cpu < kernel->cpus; cpu++)
		if ((*links)[cpu] >= 0)
			close((*links)[cpu]);
	free(*links);
	*links = NULL;
}

void io_hooks_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	if (!bpf_program__autoload(skel->progs.emit_runs))
		return;
	/* first what ends a fault, then what begins one */
	kernel->sees.majors = attach_events(
		kernel, skel->progs.on_major_fault, PERF_COUNT_SW_PAGE_FAULTS_MAJ, &kernel->majors);
	kernel->sees.minors = attach_events(
		kernel, skel->progs.on_minor_fault, PERF_COUNT_SW_PAGE_FAULTS_MIN, &kernel->minors);
	kernel->sees.faults = (ATTACH(skel, on_mm_filemap_map) && ATTACH(skel, on_mm_filemap_fault)) ||
			      (ATTACH(skel, on_filemap_map) && ATTACH(skel, on_filemap_fault));
	kernel->sees.deletes = ATTACH(skel, on_delete);
	kernel->sees.fills = ATTACH(skel, on_fill);
	kernel->sees.waits = ATTACH(skel, on_switch);
}

void io_hooks_detach(struct kernel *kernel)
{
	detach_events(kernel, &kernel->majors);
	detach_events(kernel, &kernel->minors);
}

struct io_sees io_hooks_see(const struct kernel *kernel)
{
	return kernel->sees;
}
