/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Durations of calls that are not emitted one by one, for percentiles, deviations and outliers. Counted for each
 * CPU without atomics, since the hooks of system calls run one after the other on a CPU.
 */
#ifndef BPF_CALL_TIMES_H
#define BPF_CALL_TIMES_H

#include "core.h"
#include "spread.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1); /* SYSCALL_MAX if requested */
	__type(key, u32);
	__type(value, struct call_spread);
} call_spreads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1); /* CALL_BUCKETS if requested */
	__type(key, struct call_bucket);
	__type(value, u64);
} call_buckets SEC(".maps");

static __always_inline void call_bucket_count(u32 nr, u64 ns)
{
	struct call_bucket bucket = { .nr = nr, .bucket = spread_bucket(ns) };
	u64 one = 1, *count = bpf_map_lookup_elem(&call_buckets, &bucket);
	if (!count) {
		if (bpf_map_update_elem(&call_buckets, &bucket, &one, BPF_NOEXIST) == 0)
			return;
		count = bpf_map_lookup_elem(&call_buckets, &bucket); /* another CPU has just added it */
	}
	if (count)
		(*count)++;
	else
		event_lost(EVENT_SYSCALL, LOST_STATE);
}

/* Volatile, so that the verifier takes the index as unknown and does not explore each possible value. */
#define slow_shortest_of(spread) (*(volatile u32 *)&(spread)->slow_shortest % SLOW_KEPT)

/* Keeps a call if it is among the slowest of its number on this CPU; of equally slow calls, the earlier. */
static __always_inline void call_slow_keep(struct call_spread *spread, const struct slow *slow)
{
	u32 at = spread->slow_used;
	if (at < SLOW_KEPT)
		spread->slow_used++;
	else if (slow->duration_ns <= spread->slow_shortest_ns)
		return;
	else
		at = slow_shortest_of(spread);
	if (at >= SLOW_KEPT)
		return;
	spread->slow[at] = *slow;
	spread->slow_shortest = 0;
	for (u32 i = 1; i < SLOW_KEPT; i++)
		if (i < spread->slow_used &&
			spread->slow[i].duration_ns < spread->slow[slow_shortest_of(spread)].duration_ns)
			*(volatile u32 *)&spread->slow_shortest = i;
	spread->slow_shortest_ns = spread->slow[slow_shortest_of(spread)].duration_ns;
}

/* Counts a call of the current task that took `ns` and ended at `now`. Not static, so that it is verified once
 * and not for every caller. */
__weak int call_time(u32 nr, u64 now, u64 ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call_spread *spread = bpf_map_lookup_elem(&call_spreads, &nr);
	if (!spread)
		return 0;
	const struct slow slow = { now, ns, tgid_seen(task), tid_seen(task) };
	if (spread->count++ == 0 || ns < spread->min_ns)
		spread->min_ns = ns;
	spread_square(&spread->squares, ns);
	call_slow_keep(spread, &slow);
	call_bucket_count(nr, ns);
	return 0;
}

#endif
