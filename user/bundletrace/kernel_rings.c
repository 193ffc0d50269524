/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of a trace: how large they are, and which CPUs have them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel_inside.h"

#define ONLINE_FILE "/sys/devices/system/cpu/online"
#define DEFAULT_MAX ((size_t)16 << 20)

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

/* A 64th of the memory that is there, shared by the CPUs: a power of two from 1 MiB to DEFAULT_MAX. */
static size_t default_bytes(const struct kernel *kernel)
{
	long pages = sysconf(_SC_AVPHYS_PAGES);
	size_t share =
		(size_t)(pages > 0 ? pages : 0) * (size_t)sysconf(_SC_PAGESIZE) / 64 / kernel->online_count;
	size_t bytes = 1 << 20;
	while (bytes < DEFAULT_MAX && bytes * 2 <= share)
		bytes *= 2;
	return bytes;
}

/* Plain calls have a ring of `bytes`, and all else one of half of it; where plain calls have none, there is
 * one ring. */
static void choose_sizes(struct kernel *kernel, const struct kernel_options *options, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	kernel->ring_bytes = bytes;
	if (!options->emit_calls || options->stack_bytes || !filter_any_call(options->filter))
		return;
	kernel->call_slots = (unsigned)(bytes / sizeof(struct call_slot));
	kernel->ring_bytes = bytes / 2 > page ? bytes / 2 : page;
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
	choose_sizes(kernel, options, options->ring_bytes ? options->ring_bytes : default_bytes(kernel));
	skel->rodata->wake_bytes = (__u32)(kernel->ring_bytes / 4);
	bpf_map__set_max_entries(skel->maps.rings, kernel->cpus);
	if (!kernel->call_slots)
		return 0;
	if (kernel->call_slots > UINT32_MAX / kernel->online_count)
		return -E2BIG;
	bpf_map__set_max_entries(skel->maps.call_rings, kernel->cpus);
	bpf_map__set_max_entries(skel->maps.call_slots, kernel->online_count * kernel->call_slots);
	return 0;
}

/* Gives the CPUs that are online their rings of calls. */
static int connect_call_rings(struct kernel *kernel)
{
	const struct bundletrace_bpf *skel = kernel->skel;
	unsigned slots = kernel->call_slots;
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

int kernel_rings_connect(struct kernel *kernel)
{
	kernel->rings = rings_new(kernel->online, kernel->cpus, kernel->ring_bytes);
	if (!kernel->rings)
		return -errno;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		int ring = rings_map(kernel->rings, cpu);
		if (bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.rings), &cpu, &ring, BPF_ANY))
			return -errno;
	}
	return kernel->call_slots ? connect_call_rings(kernel) : 0;
}
