/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Shared by the programs of the app layer. The arguments of every probe are a bundle's id, then a name (except
 * for close), then numbers, so a single code path serves all probes. */
#ifndef BPF_APP_H
#define BPF_APP_H

#include "core.h"
#include "io_run.h"
#include "spread.h"
#include "stack.h"
#include "stack_skip.h"
#define BPF_USDT_MAX_SPEC_CNT 1024
#include <bpf/usdt.bpf.h>

#define NAME_SHORT 64
#define NAME_LONG  1024

/* Never filled. The kernel allows one such map for all programs that are attached in one way. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} no_programs __weak SEC(".maps"), no_programs_multi __weak SEC(".maps");

/*
 * From Linux 6.13 on, a program with a large stack gets one of its own on each CPU, as if it could not be preempted by
 * itself. At a uprobe it can, by another task's: both then write to the same memory, and events have the values of
 * others. Not so if the program contains a tail call: so each program of a probe has one, which is not reached.
 */
#define STACK_OF_TASK(ctx, map)                                                                              \
	do {                                                                                                 \
		if (phase > TRACE_OVER)                                                                      \
			bpf_tail_call(ctx, &map, 0);                                                         \
	} while (0)

/* Reads the name into the strings of a record. False: it is longer than `room`. */
static __always_inline bool app_name(char *strings, u16 *name_bytes, u64 address, u32 room)
{
	long got = bpf_probe_read_user_str(strings, room, (const void *)address);
	if (got <= 0) { /* 0: an empty string, on Linux before 6.13 */
		*name_bytes = got < 0 ? 0 : STRING_HERE;
		return true;
	}
	*name_bytes = STRING_HERE | (got - 1) | (got == NAME_LONG ? STRING_CUT : 0);
	return got < room || room == NAME_LONG;
}

/* Arguments that a program reads: the bundle's id, the name if there is one, and numbers. */
#define PROBE_ARGS 6

#define NAMED_MODEL true
#define NAMED_PATH  true
#define NAMED_LABEL true
#define NAMED_NONE  false

/* Number of a probe's numeric arguments that its record contains. */
#define APP_NUMBERS(ID) (APP_##ID##_ARGS < APP_ARGS ? APP_##ID##_ARGS : APP_ARGS)

/* The kinds of which only a sample may be emitted. */
#define THINNED_OFTEN(ID) | KIND_BIT(EVENT_APP_##ID)
#define THINNED_SELDOM(ID)
#define THINNED(ID, name, subject, rate, text, string) THINNED_##rate(ID)
#define OFTEN_KINDS                                    (0 PROBES(THINNED))

static __always_inline u64 app_arg(struct pt_regs *ctx, u64 index)
{
	long value = 0;
	bpf_usdt_arg(ctx, index, &value);
	return value;
}

/* Reserves a record of `type` and reads its name, which is usually short. `record` is NULL if the ring is full. */
#define RECORD_WITH_NAME(record, type, task, kind, name)                                                     \
	do {                                                                                                 \
		record = event_reserve(task, kind, offsetof(type, strings) + NAME_SHORT);                    \
		if (!record || app_name(record->strings, &record->name_bytes, name, NAME_SHORT))             \
			break;                                                                               \
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);                                               \
		record = event_reserve(task, kind, offsetof(type, strings) + NAME_LONG);                     \
		if (record)                                                                                  \
			app_name(record->strings, &record->name_bytes, name, NAME_LONG);                     \
	} while (0)

static __always_inline u32 app_stack(struct task_struct *task, u16 kind, u64 bundle)
{
	u64 owner = STACK_SKIP_BUNDLE(tgid_seen(task));
	if (stacks_selected && kind == EVENT_APP_OPEN)
		stack_skip_forget(bundle, owner);
	else if (stacks_selected && stack_is_skipped(bundle, owner))
		return STACK_LEFT_OUT;
	return stack_emit(true, false);
}

/* Emits an event with these arguments; `numbers`: how many numeric ones follow the id and the name. */
static __always_inline void app_emit(
	struct task_struct *task, u16 kind, const u64 args[PROBE_ARGS], bool named, int numbers)
{
	struct event_app *record;
	u32 stack = stack_bytes ? app_stack(task, kind, args[0]) : 0;
	if (named)
		RECORD_WITH_NAME(record, struct event_app, task, kind, args[1]);
	else
		record = event_reserve(task, kind, offsetof(struct event_app, strings));
	if (!record)
		return;
	if (!named)
		record->name_bytes = 0;
	record->bundle = args[0];
	record->stack = stack;
	for (int i = 0; i < APP_ARGS; i++) {
		int at = i + (named ? 2 : 1);
		record->args[i] = i < numbers && at < PROBE_ARGS ? args[at] : 0;
	}
	record->head.size = offsetof(struct event_app, strings) + (record->name_bytes & STRING_LENGTH);
	event_submit(record, false);
}

/* Durations of the loads that are not emitted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct load_key);
	__type(value, struct load_times);
} load_times __weak SEC(".maps");

static const struct load_times no_loads;

static __always_inline void load_count(struct task_struct *task, u64 bundle, u64 ns)
{
	struct load_key key = { .bundle = bundle, .pid = tgid_seen(task) };
	struct load_times *times = bpf_map_lookup_elem(&load_times, &key);
	u32 power = spread_power(ns);
	if (!times) {
		bpf_map_update_elem(&load_times, &key, &no_loads, BPF_NOEXIST);
		times = bpf_map_lookup_elem(&load_times, &key);
	}
	if (times && power < LOAD_POWERS)
		__sync_fetch_and_add(&times->counts[power], 1);
}

/* Where a load begins and ends: what the task did before belongs to what was before. */
#define LOAD_KINDS                                                                                           \
	(KIND_BIT(EVENT_APP_MISS) | KIND_BIT(EVENT_APP_PREFETCH) | KIND_BIT(EVENT_APP_LOAD) |                \
		KIND_BIT(EVENT_APP_ERROR))

/* True if the event is to be emitted; otherwise it is counted here. */
static __always_inline bool app_is_emitted(struct task_struct *task, u32 kind, const u64 args[PROBE_ARGS])
{
	u32 zero = 0;
	if (detail == DETAIL_ALL || !(OFTEN_KINDS & KIND_BIT(kind)))
		return true;
	struct cpu_state *cpu = bpf_map_lookup_elem(&cpu_states, &zero);
	if (!cpu || (detail == DETAIL_SOME && cpu->until_emitted-- == 0)) {
		if (cpu)
			cpu->until_emitted = DETAIL_ONE_IN - 1;
		return true;
	}
	cpu->events++;
	/* 0: the probe was armed during the load, which has no duration */
	if (detail == DETAIL_COUNT && kind == EVENT_APP_LOAD && args[4])
		load_count(task, args[0], args[4]);
	return false;
}

static __always_inline int app_event(struct pt_regs *ctx, u16 kind, const bool named, const int numbers)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 args[PROBE_ARGS] = {};
	STACK_OF_TASK(ctx, no_programs);
	struct task_state *state = task_state_get(task);
	if (!task_is_traced(state))
		return 0;
	if (KIND_BIT(kind) & LOAD_KINDS)
		state->loading = kind == EVENT_APP_MISS || kind == EVENT_APP_PREFETCH;
	if (sum_files && KIND_BIT(kind) & LOAD_KINDS)
		io_settle_all(task, state);
	for (int i = 0; i < numbers + (named ? 2 : 1); i++)
		args[i] = app_arg(ctx, i);
	if (app_is_emitted(task, kind, args))
		app_emit(task, kind, args, named, numbers);
	return 0;
}

#endif
