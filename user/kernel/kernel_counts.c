/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_inside.h"

/* Reads one element of a per-CPU map into `values`, one for each CPU. 0 or -errno. */
static int read_per_cpu(const struct bpf_map *map, __u32 key, void *values)
{
	return bpf_map_lookup_elem(bpf_map__fd(map), &key, values) ? -errno : 0;
}

/* The states of all CPUs, to be freed; NULL: errno. */
static struct cpu_state *cpu_states(const struct kernel *kernel)
{
	struct cpu_state *values = calloc(kernel->cpus, sizeof(*values));
	int err = values ? read_per_cpu(kernel->skel->maps.cpu_states, 0, values) : -ENOMEM;
	if (!err)
		return values;
	free(values);
	errno = -err;
	return NULL;
}

static int count_calls(const struct kernel *kernel, struct call_count *calls)
{
	struct call_count *values = calloc(kernel->cpus, sizeof(*values));
	int err = values ? 0 : -ENOMEM;
	for (__u32 nr = 0; !err && nr < SYSCALL_MAX; nr++) {
		err = read_per_cpu(kernel->skel->maps.call_counts, nr, values);
		for (unsigned cpu = 0; !err && cpu < kernel->cpus; cpu++) {
			calls[nr].calls += values[cpu].calls;
			calls[nr].errors += values[cpu].errors;
			calls[nr].total_ns += values[cpu].total_ns;
			if (values[cpu].max_ns > calls[nr].max_ns)
				calls[nr].max_ns = values[cpu].max_ns;
		}
	}
	free(values);
	return err;
}

/* Adds the hooks that the kernel skipped while the trace was on. It does not say for which task: these are events that
 * may be missing. */
static void add_skipped(const struct kernel *kernel, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	uint64_t now[EVENT_KINDS] = { 0 };
	const uint64_t *after = kernel->over ? kernel->skipped_after : now;
	if (!kernel->over)
		hooks_skipped(kernel, now);
	for (int kind = 0; kind < EVENT_KINDS; kind++)
		lost[kind][LOST_SKIPPED] += after[kind] - kernel->skipped_before[kind];
	if (kernel->over)
		lost[EVENT_BLOCK][LOST_SKIPPED] += block_hooks_unseen(kernel);
}

int kernel_lost(const struct kernel *kernel, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	struct cpu_state *values = cpu_states(kernel);
	int err = values ? 0 : -errno;
	memset(lost, 0, EVENT_KINDS * sizeof(lost[0]));
	for (unsigned cpu = 0; !err && cpu < kernel->cpus; cpu++)
		for (int kind = 0; kind < EVENT_KINDS; kind++)
			for (int cause = 0; cause < LOST_CAUSES; cause++)
				lost[kind][cause] += values[cpu].lost[kind][cause];
	if (rings_calls(kernel->rings))
		lost[EVENT_SYSCALL][LOST_RING_FULL] += call_rings_lost(rings_calls(kernel->rings));
	add_skipped(kernel, lost);
	free(values);
	return err;
}

int kernel_counts(
	const struct kernel *kernel, struct call_count *calls, uint64_t lost[EVENT_KINDS][LOST_CAUSES])
{
	memset(calls, 0, SYSCALL_MAX * sizeof(*calls));
	int err = count_calls(kernel, calls);
	return err ? err : kernel_lost(kernel, lost);
}

int kernel_activity(const struct kernel *kernel, struct kernel_activity *activity)
{
	struct cpu_state *values = cpu_states(kernel);
	*activity = (struct kernel_activity){ 0 };
	if (!values)
		return -errno;
	for (unsigned cpu = 0; cpu < kernel->cpus; cpu++) {
		activity->calls += values[cpu].calls;
		activity->events += values[cpu].events;
		for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
			activity->events += values[cpu].lost[KIND_OF_PROBE(probe)][LOST_RING_FULL];
	}
	free(values);
	return 0;
}

int kernel_cpu_uses(const struct kernel *kernel, struct cpu_uses *uses, int cpus)
{
	struct cpu_state *values = cpu_states(kernel);
	if (!values)
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		uses[cpu] = (struct cpu_uses){ values[cpu].calls, values[cpu].reads };
	free(values);
	return 0;
}

int kernel_load_times(struct kernel *kernel,
	int (*each)(void *ctx, const struct load_key *key, const struct load_times *times), void *ctx)
{
	int map = bpf_map__fd(kernel->skel->maps.load_times), err = 0;
	struct load_key key;
	struct load_times times;
	while (!err && bpf_map_get_next_key(map, NULL, &key) == 0) {
		if (bpf_map_lookup_elem(map, &key, &times) == 0)
			err = each(ctx, &key, &times);
		bpf_map_delete_elem(map, &key);
	}
	return err;
}
