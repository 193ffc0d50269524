/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes and creates the rings of a trace, one for each CPU. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel_inside.h"

#define ONLINE_FILE "/sys/devices/system/cpu/online"
#define DEFAULT_MAX ((size_t)16 << 20)
#define STACKS_MAX  ((size_t)64 << 20) /* the same, where every event has a piece of its stack */

/* Marks the CPUs that are online, from a list such as "0-3,6". */
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

/* 1/64 of the available memory, divided by the CPUs: a power of two from 1 MiB to `most`. */
static size_t default_bytes(const struct kernel *kernel, size_t most)
{
	long pages = sysconf(_SC_AVPHYS_PAGES);
	size_t share =
		(size_t)(pages > 0 ? pages : 0) * (size_t)sysconf(_SC_PAGESIZE) / 64 / kernel->online_count;
	size_t bytes = 1 << 20;
	while (bytes < most && bytes * 2 <= share)
		bytes *= 2;
	return bytes;
}

/* Plain calls get a ring of `bytes`, other events one of half that size; without plain calls there is one ring. With
 * stacks, which are large, the other events' ring has `bytes` too. */
static void choose_sizes(struct kernel *kernel, const struct kernel_options *options, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	kernel->ring_bytes = bytes;
	if (!options->emit_calls || !filter_any_call(options->filter))
		return;
	if (options->stack_bytes) {
		size_t calls = bytes / 4 > DEFAULT_MAX ? bytes / 4 : DEFAULT_MAX;
		kernel->call_slots = (unsigned)((calls < bytes ? calls : bytes) / sizeof(struct call_slot));
		return;
	}
	kernel->call_slots = (unsigned)(bytes / sizeof(struct call_slot));
	kernel->ring_bytes = bytes / 2 > page ? bytes / 2 : page;
}

/* Fills the table of rings, in one batch where the kernel can: each update waits for an RCU grace period. */
static int fill_table(const struct kernel *kernel)
{
	__u32 *cpus = calloc(kernel->cpus, sizeof(*cpus)), count = kernel->cpus;
	int *maps = calloc(kernel->cpus, sizeof(*maps)), err = cpus && maps ? 0 : -ENOMEM;
	for (unsigned cpu = 0; !err && cpu < kernel->cpus; cpu++) {
		cpus[cpu] = cpu;
		maps[cpu] = rings_map(kernel->rings, cpu);
	}
	bool whole = !err && bpf_map_update_batch(kernel->table, cpus, maps, &count, NULL) == 0;
	for (unsigned cpu = 0; !err && !whole && cpu < kernel->cpus; cpu++)
		if (bpf_map_update_elem(kernel->table, &cpu, &maps[cpu], BPF_ANY))
			err = -errno;
	free(cpus);
	free(maps);
	return err;
}

static void *fill_in_thread(void *ctx)
{
	struct kernel *kernel = ctx;
	kernel->fill_error = fill_table(kernel);
	return NULL;
}

/* Creates the rings and their table, which a thread fills while the programs are loaded. 0 or -errno. */
static int begin_rings(struct kernel *kernel)
{
	kernel->rings = rings_new(kernel->online, kernel->cpus, kernel->ring_bytes);
	if (!kernel->rings)
		return -errno;
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = (__u32)rings_map(kernel->rings, 0));
	kernel->table = bpf_map_create(
		BPF_MAP_TYPE_ARRAY_OF_MAPS, "rings", sizeof(__u32), sizeof(__u32), kernel->cpus, &options);
	if (kernel->table < 0)
		return kernel->table;
	int err = bpf_map__reuse_fd(kernel->skel->maps.rings, kernel->table);
	if (err)
		return err;
	kernel->fills = pthread_create(&kernel->filler, NULL, fill_in_thread, kernel) == 0;
	return kernel->fills ? 0 : fill_table(kernel);
}

static int end_filling(struct kernel *kernel)
{
	if (kernel->fills)
		pthread_join(kernel->filler, NULL);
	kernel->fills = false;
	return kernel->fill_error;
}

void kernel_rings_free(struct kernel *kernel)
{
	end_filling(kernel);
	if (kernel->table >= 0)
		close(kernel->table);
	rings_free(kernel->rings);
	free(kernel->online);
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
	size_t most = options->stack_bytes ? STACKS_MAX : DEFAULT_MAX;
	choose_sizes(
		kernel, options, options->ring_bytes ? options->ring_bytes : default_bytes(kernel, most));
	skel->rodata->wake_bytes = (__u32)(kernel->ring_bytes / 4);
	if (!kernel->call_slots)
		return begin_rings(kernel);
	if (kernel->call_slots > UINT32_MAX / kernel->online_count)
		return -E2BIG;
	bpf_map__set_max_entries(skel->maps.call_rings, kernel->cpus);
	bpf_map__set_max_entries(skel->maps.call_slots, kernel->online_count * kernel->call_slots);
	return begin_rings(kernel);
}

/* Assigns rings of calls to the CPUs that are online. */
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
	int err = end_filling(kernel);
	return err || !kernel->call_slots ? err : connect_call_rings(kernel);
}
