/* SPDX-License-Identifier: BSD-2-Clause */
/* Less of a running trace, and all of it again: what --max-overhead asks for. */
#include "kernel_steps.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bundletrace.skel.h"

void kernel_detail(struct kernel *kernel, enum detail detail)
{
	__atomic_store_n(&kernel_skeleton(kernel)->bss->detail, detail, __ATOMIC_RELAXED);
}

int kernel_calls_fewer(struct kernel *kernel, bool fewer)
{
	struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	struct bpf_link **const links[] = { &skel->links.on_sys_enter, &skel->links.on_sys_exit,
		&skel->links.on_sys_exit_no_cast };
	struct bpf_program *const programs[] = { skel->progs.on_sys_enter, skel->progs.on_sys_exit,
		skel->progs.on_sys_exit_no_cast };
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		if (!bpf_program__autoload(programs[i]))
			continue;
		bpf_link__destroy(*links[i]);
		*links[i] = fewer ? NULL : bpf_program__attach(programs[i]);
		if (!fewer && !*links[i])
			return -errno;
	}
	return 0;
}

int kernel_fewer(struct kernel *kernel, bool fewer)
{
	int err = kernel_calls_fewer(kernel, fewer);
	return err ? err : kernel_probes_fewer(kernel, fewer);
}

int kernel_load_times(struct kernel *kernel,
	int (*each)(void *ctx, const struct load_key *key, const struct load_times *times), void *ctx)
{
	int map = bpf_map__fd(kernel_skeleton(kernel)->maps.load_times), err = 0;
	struct load_key key;
	struct load_times times;
	while (!err && bpf_map_get_next_key(map, NULL, &key) == 0) {
		if (bpf_map_lookup_elem(map, &key, &times) == 0)
			err = each(ctx, &key, &times);
		bpf_map_delete_elem(map, &key);
	}
	return err;
}

/* The states of all CPUs, to be freed; NULL: errno. */
static struct cpu_state *cpu_states(const struct kernel *kernel)
{
	int cpus = libbpf_num_possible_cpus();
	__u32 zero = 0;
	struct cpu_state *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	if (values &&
		bpf_map_lookup_elem(bpf_map__fd(kernel_skeleton(kernel)->maps.cpu_states), &zero, values)) {
		free(values);
		return NULL;
	}
	return values;
}

int kernel_happened(const struct kernel *kernel, struct kernel_happened *happened)
{
	struct cpu_state *values = cpu_states(kernel);
	*happened = (struct kernel_happened){ 0 };
	if (!values)
		return -errno;
	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		happened->calls += values[cpu].calls;
		happened->events += values[cpu].events;
		for (unsigned probe = 0; probe < PROBES_COUNT; probe++)
			happened->events += values[cpu].lost[KIND_OF_PROBE(probe)][LOST_RING_FULL];
	}
	free(values);
	return 0;
}

int kernel_cpu_calls(const struct kernel *kernel, uint64_t *calls, int cpus)
{
	struct cpu_state *values = cpu_states(kernel);
	if (!values)
		return -errno;
	for (int cpu = 0; cpu < cpus; cpu++)
		calls[cpu] = values[cpu].calls;
	free(values);
	return 0;
}

int kernel_count_reads(struct kernel *kernel, bool on)
{
	struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	bpf_link__destroy(skel->links.use_call);
	skel->links.use_call = on ? bpf_program__attach(skel->progs.use_call) : NULL;
	return on && !skel->links.use_call ? -errno : 0;
}
