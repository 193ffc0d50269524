/* SPDX-License-Identifier: BSD-2-Clause */
#include "call_times.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel_inside.h"

/* Sums up one call over the CPUs. 0 or -ENOMEM. */
static int take_spread(const struct call_spread *spreads, unsigned cpus, const struct call_count *calls,
	unsigned nr, struct stats *stats)
{
	struct latency_sums sums = { .min = UINT64_MAX, .max = calls[nr].max_ns, .sum = calls[nr].total_ns };
	struct call_times *times = NULL;
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		const struct call_spread *spread = &spreads[cpu];
		if (spread->count == 0)
			continue;
		times = stats_call(stats, nr);
		if (!times)
			return -ENOMEM;
		sums.count += spread->count;
		sums.min = spread->min_ns < sums.min ? spread->min_ns : sums.min;
		spread_add(&sums.squares, spread->squares.low, spread->squares.high);
		for (unsigned i = 0; i < spread->slow_used && i < SLOW_KEPT; i++)
			stats_keep_slow(times, &spread->slow[i]);
	}
	if (times)
		latency_exact(&times->ns, &sums);
	return 0;
}

static int take_spreads(const struct kernel *kernel, const struct call_count *calls, struct stats *stats)
{
	int map = bpf_map__fd(kernel->skel->maps.call_spreads), err = 0;
	struct call_spread *spreads = calloc(kernel->cpus, sizeof(*spreads));
	if (!spreads)
		return -ENOMEM;
	for (uint32_t nr = 0; nr < SYSCALL_MAX && !err; nr++) {
		if (calls[nr].calls == 0)
			continue;
		err = bpf_map_lookup_elem(map, &nr, spreads)
			      ? -errno
			      : take_spread(spreads, kernel->cpus, calls, nr, stats);
	}
	free(spreads);
	return err;
}

static int take_buckets(const struct kernel *kernel, struct stats *stats)
{
	int map = bpf_map__fd(kernel->skel->maps.call_buckets), err = 0;
	uint64_t *counts = calloc(kernel->cpus, sizeof(*counts));
	struct call_bucket bucket, *before = NULL;
	if (!counts)
		return -ENOMEM;
	while (!err && bpf_map_get_next_key(map, before, &bucket) == 0) {
		struct call_times *times = stats_call(stats, bucket.nr);
		if (!times)
			err = -ENOMEM;
		else if (bpf_map_lookup_elem(map, &bucket, counts))
			err = -errno;
		for (unsigned cpu = 0; cpu < kernel->cpus && !err; cpu++)
			if (counts[cpu])
				latency_count(&times->ns, bucket.bucket, counts[cpu]);
		before = &bucket;
	}
	free(counts);
	return err;
}

int call_times_take(const struct kernel *kernel, const struct call_count *calls, struct stats *stats)
{
	int err = take_spreads(kernel, calls, stats);
	return err ? err : take_buckets(kernel, stats);
}

void call_times_forget(const struct kernel *kernel)
{
	const struct bundletrace_bpf *skel = kernel->skel;
	int map = bpf_map__fd(skel->maps.call_buckets);
	struct call_bucket bucket;
	struct call_spread *zeros = calloc(kernel->cpus, sizeof(*zeros));
	for (uint32_t nr = 0; zeros && nr < bpf_map__max_entries(skel->maps.call_spreads); nr++)
		bpf_map_update_elem(bpf_map__fd(skel->maps.call_spreads), &nr, zeros, BPF_ANY);
	free(zeros);
	while (bpf_map_get_next_key(map, NULL, &bucket) == 0 && bpf_map_delete_elem(map, &bucket) == 0)
		;
}
