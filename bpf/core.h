/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Shared by all layers: the settings, the set of traced tasks, the rings, and the one path of a record from
 * reserve to submit. A hook filters first, reserves next and fills last: a full ring then costs almost nothing.
 * A record is stamped after it is reserved, so that whatever enters a ring after it was read to its end is newer
 * than that moment.
 */
#ifndef BPF_CORE_H
#define BPF_CORE_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "events.h"
#include "pids.h"

/* Settings, defined in process.bpf.c. User space writes the constants before loading: the verifier knows them. */
extern const volatile struct call_spec call_specs[SYSCALL_MAX];
extern const volatile struct call_copies call_copies[SYSCALL_MAX];
extern const volatile __u16
	abi32_calls[SYSCALL_MAX];        /* by number of the 32-bit table: that of the same call */
extern const volatile bool emit_calls;   /* emit system calls one by one */
extern const volatile bool count_calls;  /* count them in call_counts */
extern const volatile bool spread_calls; /* and their distribution of durations: needs the other two */
extern const volatile bool time_calls;   /* hook their entry too */
extern const volatile bool bounded;      /* count all hits of hooks, to limit their cost */
extern const volatile bool follow;       /* trace children too */
extern const volatile bool sum_files;    /* sum up what is done to files: calls only where none is emitted */
extern __u64 live_tasks;                 /* members that have not ended; read by user space */
extern __u32 phase;                      /* enum trace_phase, set by user space */
extern __u32 detail;                     /* enum detail, set by user space */
extern const volatile __u32 wake_bytes;  /* wake the reader when a ring holds more than this */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_state);
} tasks __weak SEC(".maps");

/* One ring for each possible CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 4096);
		});
} rings __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_state);
} cpu_states __weak SEC(".maps");

/*
 * Buffer for strings whose length is not known yet: one for the hook of exec, one for all others. Where hooks can be
 * preempted, a hook that has been is not run again on its CPU, but another one is. (The others are those of system
 * calls and of file uses, of which only one is loaded, and emit_unfinished, which runs when they are over.)
 */
enum scratch_user { SCRATCH_CALL, SCRATCH_EXEC, SCRATCHES };
#define SCRATCH_BYTES (2 * PATH_BYTES)

#define ARGS_ROOM 8 /* a power of two: any index is cut to it */

struct scratch {
	char bytes[SCRATCH_BYTES + PATH_BYTES];
	u64 args[ARGS_ROOM]; /* of the call; those that no call has are 0 */
	s64 pos;             /* of the file that call_other_place() has found */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, u32);
	__type(value, struct scratch);
} scratches __weak SEC(".maps");

/*
 * Casts a kernel pointer to a typed one, whose members are then read by plain loads. bpf_rdonly_cast() came with
 * Linux 6.2; older kernels need a call of bpf_probe_read_kernel() for every read, and refuse a program that
 * contains the cast even where it is never reached. So every program that casts has a twin that does not.
 */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define CAST(type, object) ((type *)bpf_rdonly_cast(object, bpf_core_type_id_kernel(type)))

/* 0, for functions that are not inlined and whose result nobody uses: the compiler leaves anything in its register then,
 * and the verifier refuses a function that ends with an address of its stack there. */
#define RETURN_ZERO                                                                                          \
	({                                                                                                   \
		asm volatile("r0 = 0" : : : "r0");                                                           \
		0;                                                                                           \
	})

/* What programs at classic tracepoints return: 0 would hide the event from others who trace it with perf. */
#define CLASSIC_DONE 1

static __always_inline struct scratch *scratch_of(u32 user)
{
	return bpf_map_lookup_elem(&scratches, &user);
}

static __always_inline struct scratch *scratch_get(void)
{
	return scratch_of(SCRATCH_CALL);
}

static __always_inline struct task_state *task_state_get(struct task_struct *task)
{
	return bpf_task_storage_get(&tasks, task, 0, 0);
}

static __always_inline bool task_is_traced(const struct task_state *state)
{
	return state && state->flags & TASK_TRACED && phase == TRACE_ON;
}

/* Counts lost events. Atomic, because the program of a uprobe can be preempted by another on its CPU; loss is
 * rare. */
static __always_inline void events_lost(u16 kind, enum lost_cause cause, u32 count)
{
	u32 zero = 0;
	struct cpu_state *cpu = bpf_map_lookup_elem(&cpu_states, &zero);
	if (!cpu || kind >= EVENT_KINDS)
		return;
	__sync_fetch_and_add(&cpu->lost[kind][cause], count);
	__sync_fetch_and_add(&cpu->lost_before, count);
}

static __always_inline void event_lost(u16 kind, enum lost_cause cause)
{
	events_lost(kind, cause, 1);
}

static __always_inline void *event_ring(void)
{
	u32 cpu = bpf_get_smp_processor_id();
	return bpf_map_lookup_elem(&rings, &cpu);
}

/* Fills a record's header. */
static __always_inline void event_stamp(
	struct event_header *head, struct task_struct *task, u16 kind, const u64 bytes)
{
	head->time_ns = bpf_ktime_get_ns();
	head->pid = tgid_seen(task);
	head->tid = tid_seen(task);
	head->size = bytes;
	head->kind = kind;
	head->lost_before = 0;
}

/* Reserves `bytes` (a constant) for a record and fills its header. NULL, and the event is counted as lost, if
 * the ring is full. */
static __always_inline void *event_reserve(struct task_struct *task, u16 kind, const u64 bytes)
{
	void *ring = event_ring();
	struct event_header *head = ring ? bpf_ringbuf_reserve(ring, bytes, 0) : NULL;
	if (!head) {
		event_lost(kind, LOST_RING_FULL);
		return NULL;
	}
	event_stamp(head, task, kind, bytes);
	return head;
}

/* Counts a record that is about to be submitted. Returns the CPU's state. */
static __always_inline struct cpu_state *event_count(const struct event_header *head)
{
	u32 zero = 0;
	struct cpu_state *cpu = bpf_map_lookup_elem(&cpu_states, &zero);
	if (!cpu)
		return NULL;
	if (bounded && head->kind == EVENT_SYSCALL)
		cpu->calls++;
	else if (bounded)
		cpu->events++;
	return cpu;
}

/* True for one event in 33: check how full the ring is. */
static __always_inline bool event_check_due(struct cpu_state *cpu)
{
	if (cpu->until_check-- != 0)
		return false;
	cpu->until_check = 32;
	return true;
}

/* True if the reader of a ring that holds enough is to be woken: at most once a millisecond, since it also checks
 * the rings by itself every few milliseconds. */
static __always_inline bool event_wake_due(struct cpu_state *cpu, u64 now)
{
	if (now - cpu->woken_ns <= 1000000)
		return false;
	cpu->woken_ns = now;
	return true;
}

/* Submits a record. `urgent`: wakes the reader at once. */
static __always_inline void event_submit(void *record, bool urgent)
{
	u64 flags = urgent ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	struct event_header *head = record;
	struct cpu_state *cpu = event_count(head);
	if (cpu && cpu->lost_before)
		head->lost_before = __sync_lock_test_and_set(&cpu->lost_before, 0);
	if (cpu && event_check_due(cpu)) {
		void *ring = event_ring();
		if (ring && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > wake_bytes &&
			event_wake_due(cpu, head->time_ns))
			flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(record, flags);
}

/* Wakes the reader without a record. */
static __always_inline void event_wake(void)
{
	void *ring = event_ring(), *nothing = ring ? bpf_ringbuf_reserve(ring, 8, 0) : NULL;
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/*
 * Reserves a record of `type` and copies `len` bytes of strings from `from` behind it. Reserved in one of four
 * sizes, since the verifier requires constants. `record` is NULL if the ring is full.
 */
#define EVENT_WITH_STRINGS(record, type, task, kind, from, len)                                              \
	do {                                                                                                 \
		u64 strings_len = (len);                                                                     \
		record = NULL;                                                                               \
		if (strings_len < 64) {                                                                      \
			EVENT_CLASS(record, type, task, kind, from, strings_len, 64);                        \
		} else if (strings_len < 256) {                                                              \
			EVENT_CLASS(record, type, task, kind, from, strings_len, 256);                       \
		} else if (strings_len < 1024) {                                                             \
			EVENT_CLASS(record, type, task, kind, from, strings_len, 1024);                      \
		} else if (strings_len < SCRATCH_BYTES) {                                                    \
			EVENT_CLASS(record, type, task, kind, from, strings_len, SCRATCH_BYTES);             \
		}                                                                                            \
	} while (0)

/* The barrier keeps the compiler from dropping the mask, which is the verifier's only proof. */
#define EVENT_CLASS(record, type, task, kind, from, len, room)                                               \
	do {                                                                                                 \
		u64 masked = (len);                                                                          \
		record = event_reserve(task, kind, offsetof(type, strings) + (room));                        \
		if (record) {                                                                                \
			((struct event_header *)record)->size = offsetof(type, strings) + (len);             \
			barrier_var(masked);                                                                 \
			masked &= (room)-1;                                                                  \
			bpf_probe_read_kernel(record->strings, masked, from);                                \
		}                                                                                            \
	} while (0)

#endif
