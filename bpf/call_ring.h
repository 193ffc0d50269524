/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Bursts of system calls consist of plain calls, so these have a ring of their own on each CPU, in memory that
 * user space maps: slots of one size, filled in order. It needs neither the lock nor the atomic exchange of the
 * kernel's ring buffer, which serve programs that can interrupt each other. It is for hooks that run one after the
 * other on a CPU: user space gives no CPU a ring where those of system calls can be preempted.
 */
#ifndef BPF_CALL_RING_H
#define BPF_CALL_RING_H

#include "core.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct call_slot);
} call_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct call_ring);
} call_rings SEC(".maps");

/* Accesses a variable that both sides use concurrently exactly once, at this point in the code. */
#define SHARED(lvalue) (*(volatile typeof(lvalue) *)&(lvalue))

/* The ring of this CPU. NULL if it has none: its calls then go into the CPU's BPF ring buffer. */
static __always_inline struct call_ring *call_ring_get(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	struct call_ring *ring = bpf_map_lookup_elem(&call_rings, &cpu);
	return ring && ring->slots ? ring : NULL;
}

/* Not atomic: hooks of system calls do not interrupt each other. */
static __always_inline void call_ring_lost(struct call_ring *ring)
{
	ring->lost++;
	ring->lost_before++;
}

/* True, and the call is counted as lost, if the ring is full. Check this before any other work on a call. */
static __always_inline bool call_ring_full(struct call_ring *ring)
{
	if (ring->written - ring->read_before >= ring->slots)
		ring->read_before = SHARED(ring->read);
	if (ring->written - ring->read_before < ring->slots)
		return false;
	call_ring_lost(ring);
	return true;
}

/* Reserves a slot of a ring that is not full and fills its header. NULL, and the call is counted as lost, if
 * the slot does not exist. */
static __always_inline struct event_syscall *call_ring_reserve(
	struct call_ring *ring, struct task_struct *task)
{
	u64 at = ring->written;
	u32 index = ring->first + (at & (ring->slots - 1));
	struct call_slot *slot = bpf_map_lookup_elem(&call_slots, &index);
	if (!slot) {
		call_ring_lost(ring);
		return NULL;
	}
	SHARED(ring->reserved) = at + 1; /* before the time stamp is taken, as in event_reserve() */
	event_stamp(&slot->call.head, task, EVENT_SYSCALL, sizeof(slot->call));
	return &slot->call;
}

static __always_inline void call_ring_submit(struct call_ring *ring, struct event_syscall *call)
{
	struct cpu_state *cpu = event_count(&call->head);
	if (ring->lost_before) {
		call->head.lost_before = ring->lost_before < ~0u ? ring->lost_before : ~0u;
		ring->lost_before = 0;
	}
	u64 written = ring->reserved;
	barrier();
	SHARED(ring->written) = written;
	if (cpu && event_check_due(cpu) && written - SHARED(ring->read) > ring->slots / 4 &&
		event_wake_due(cpu, call->head.time_ns))
		event_wake();
}

#endif
