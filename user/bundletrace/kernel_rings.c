/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of a trace: how large they are, and which CPUs have them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel_inside.h"

#define ONLINE_FILE "/sys/devices/system/cpu/online"

/* Marks the CPUs that are online: "0-3,6". */
static void find_online(struct kernel *kernel)
{
	FILE *file = fopen(ONLINE_FILE, "re");
	unsigned first, last;
	char next = ',';
	while (file && next == ',' && fscanf(file, "%u", &first) == 1) {
		last = first;
		if (fscanf(file, "%c", &next) == 1 && next == '-' &&
			(fscanf(file, "%u", &last) != 1 || fscanf(file, "%c", &next) != 1))
			break;
		for (unsigned cpu = first; cpu <= last && cpu < kernel->cpus; cpu++) {
			kernel->online_count += !kernel->online[cpu];
			kernel->online[cpu] = true;
		}
	}
	if (file)
		fclose(file);
	if (kernel->online_count)
		return;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++)
		kernel->online[cpu] = true;
	kernel->online_count = kernel->cpus;
}

/* Of --buffer, plain calls have a ring of as much, and all else one of half of it; where plain calls have
 * none, there is one ring. */
static bool has_call_rings(const struct kernel_options *options)
{
	return options->emit_calls && !options->stack_bytes && filter_any_call(options->filter);
}

static unsigned slots_each(const struct kernel_options *options)
{
	return (unsigned)(options->ring_bytes / sizeof(struct call_slot));
}

static size_t ring_bytes(const struct kernel_options *options)
{
	size_t half = options->ring_bytes / 2, page = (size_t)sysconf(_SC_PAGESIZE);
	if (!has_call_rings(options))
		return options->ring_bytes;
	return half > page ? half : page;
}

int kernel_rings_configure(struct kernel *kernel, const struct kernel_options *options)
{
	struct bundletrace_bpf *skel = kernel->skel;
	int cpus = libbpf_num_possible_cpus();
	if (cpus < 0)
		return cpus;
	kernel->cpus = (unsigned)cpus;
	kernel->online = calloc(kernel->cpus, sizeof(*kernel->online));
	if (!kernel->online)
		return -ENOMEM;
	find_online(kernel);
	skel->rodata->wake_bytes = (__u32)(ring_bytes(options) / 4);
	bpf_map__set_max_entries(skel->maps.rings, kernel->cpus);
	if (has_call_rings(options)) {
		bpf_map__set_max_entries(skel->maps.call_rings, kernel->cpus);
		bpf_map__set_max_entries(skel->maps.call_slots, kernel->online_count * slots_each(options));
	}
	return 0;
}

/* Gives the CPUs that are online their rings of calls. */
static int connect_call_rings(struct kernel *kernel, unsigned slots)
{
	const struct bundletrace_bpf *skel = kernel->skel;
	struct call_rings *calls = call_rings_new(bpf_map__fd(skel->maps.call_rings),
		bpf_map__fd(skel->maps.call_slots), kernel->cpus, kernel->online_count * slots);
	if (!calls)
		return -errno;
	rings_add_calls(kernel->rings, calls);
	for (unsigned cpu = 0, given = 0; cpu < kernel->cpus; cpu++)
		if (kernel->online[cpu])
			call_rings_give(calls, cpu, slots * given++, slots);
	return 0;
}

int kernel_rings_connect(struct kernel *kernel, const struct kernel_options *options)
{
	kernel->rings = rings_new(kernel->online, kernel->cpus, ring_bytes(options));
	if (!kernel->rings)
		return -errno;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		int ring = rings_map(kernel->rings, cpu);
		if (bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.rings), &cpu, &ring, BPF_ANY))
			return -errno;
	}
	return has_call_rings(options) ? connect_call_rings(kernel, slots_each(options)) : 0;
}
