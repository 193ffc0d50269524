// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Counts of hits without a trap for each hit. libpagedbundle keeps counters in its process's memory
 * (docs/usdt.md, "Live counters"); the programs here read them just before they disappear: when a bundle is
 * closed, and when its process ends or executes another program. A forked child inherits the counts of its
 * parent, which are emitted as the child's baseline. Only for Linux 6.16 and newer: on older kernels a process
 * has freed its memory when the exit hook runs.
 */
#include "app.h"
#include "bundle/pagedbundle.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile bool take_counters = true; /* a setting, like those of core.h */

#define MODELS_MAX (1 << 20)
#define BLOCKS_MAX 64

/* By process: the addresses of its lists of open bundles. User space adds the lists that exist at the start. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, u32);
	__type(value, struct live_lists);
} live_lists SEC(".maps");

struct model_walk {
	u64 bundle;
	u64 model; /* address of the next model's counters */
	u64 next_model;
	u64 stripes; /* address of an array of addresses */
	u32 stripe_count;
	u32 pid;
	u32 flags;
};

struct stripe_walk {
	u64 stripes;
	u64 hits;
	u32 index; /* of the model */
};

/* Called by bpf_loop(), as in all walks here: the verifier would explore each iteration of a nested loop for each
 * iteration of the outer ones. */
static int add_hits_of_stripe(u32 i, void *ctx)
{
	struct stripe_walk *walk = ctx;
	struct pb_stripe stripe;
	u64 address = 0, word = 0;
	bpf_probe_read_user(&address, sizeof(address), (const void *)(walk->stripes + i * sizeof(u64)));
	if (!address)
		return 0;
	if (bpf_probe_read_user(&stripe, sizeof(stripe), (const void *)address) ||
		bpf_probe_read_user(
			&word, sizeof(word), (const void *)(stripe.models + walk->index * sizeof(u64))))
		event_lost(EVENT_MODEL, LOST_STATE);
	walk->hits += word >> PB_VIEW_BITS;
	return 0;
}

/* The hits of a model that the threads of the process have counted separately. */
static __always_inline u64 hits_of_stripes(const struct model_walk *walk, u32 index)
{
	struct stripe_walk stripes = { .stripes = walk->stripes, .index = index };
	u32 count = walk->stripe_count < PB_STRIPES ? walk->stripe_count : PB_STRIPES;
	bpf_loop(count, add_hits_of_stripe, &stripes, 0);
	return stripes.hits;
}

static int emit_model_counters(u32 index, void *ctx)
{
	struct model_walk *walk = ctx;
	struct pb_model_counters model;
	if (bpf_probe_read_user(&model, sizeof(model), (const void *)walk->model)) {
		event_lost(EVENT_MODEL, LOST_STATE);
		return 1;
	}
	walk->model += walk->next_model;
	model.hits += hits_of_stripes(walk, index);
	if (!(model.hits | model.misses | model.loads))
		return 0;
	struct event_model *record;
	RECORD_WITH_NAME(record, struct event_model, bpf_get_current_task_btf(), EVENT_MODEL, model.name);
	if (!record)
		return 0;
	record->head.pid = walk->pid;
	record->head.size = offsetof(struct event_model, strings) + (record->name_bytes & STRING_LENGTH);
	record->bundle = walk->bundle;
	record->counts[MODEL_HITS] = model.hits;
	record->counts[MODEL_MISSES] = model.misses;
	record->counts[MODEL_RELOADS] = model.reloads;
	record->counts[MODEL_EVICTIONS] = model.evictions;
	record->counts[MODEL_LOADS] = model.loads;
	record->counts[MODEL_PREFETCHES] = model.prefetches;
	record->counts[MODEL_USED] = model.prefetch_used;
	record->counts[MODEL_WASTED] = model.prefetch_wasted;
	record->counts[MODEL_SIZE] = model.size;
	record->flags = walk->flags | (model.unused ? MODEL_UNUSED : 0);
	event_submit(record, false);
	return 0;
}

/* Emits the counters of all models of the bundle whose counters are at `address`, at most `left`. Returns how many it
 * visited. */
static u64 emit_bundle_counters(u64 address, u32 pid, u32 flags, u64 left)
{
	/* two parts of struct pb_counters: all of it would take too much of the stack */
	struct {
		u32 version, size;
		u64 bundle, models;
	} first;
	struct {
		u64 first_model, next_model, loads, stripes, stripe_count;
	} second;
	_Static_assert(offsetof(struct pb_counters, models) == 16, "the first part");
	_Static_assert(
		offsetof(struct pb_counters, stripe_count) - offsetof(struct pb_counters, first_model) == 32,
		"the second part");
	u64 at = address + offsetof(struct pb_counters, first_model);
	if (bpf_probe_read_user(&first, sizeof(first), (const void *)address) ||
		bpf_probe_read_user(&second, sizeof(second), (const void *)at) ||
		first.version != PB_COUNTERS_VERSION || first.size < sizeof(struct pb_counters) ||
		first.models > left) {
		event_lost(EVENT_MODEL, LOST_STATE);
		return 0;
	}
	struct model_walk walk = {
		.bundle = first.bundle,
		.model = second.first_model,
		.next_model = second.next_model,
		.stripes = second.stripes,
		.stripe_count = second.stripe_count,
		.pid = pid,
		.flags = flags,
	};
	bpf_loop(first.models, emit_model_counters, &walk, 0);
	return first.models;
}

struct list_walk {
	u64 block;
	u64 left; /* models that may still be visited: a hostile list may name a bundle over and over */
	u32 pid;
	u32 flags;
};

static int emit_slot_counters(u32 slot, void *ctx)
{
	struct list_walk *walk = ctx;
	u64 at = walk->block + offsetof(struct pb_open_list, bundles) + slot * sizeof(u64), address = 0;
	bpf_probe_read_user(&address, sizeof(address), (const void *)at);
	if (address)
		walk->left -= emit_bundle_counters(address, walk->pid, walk->flags, walk->left);
	return 0;
}

static int emit_block_counters(u32 index, void *ctx)
{
	struct list_walk *walk = ctx;
	u64 next = 0;
	if (!walk->block)
		return 1;
	bpf_loop(PB_OPEN_LIST_SLOTS, emit_slot_counters, walk, 0);
	bpf_probe_read_user(
		&next, sizeof(next), (const void *)(walk->block + offsetof(struct pb_open_list, next)));
	walk->block = next;
	return 0;
}

struct lists_walk {
	struct live_lists lists;
	u32 pid;
	u32 flags;
};

static int emit_list_counters(u32 index, void *ctx)
{
	struct lists_walk *walk = ctx;
	if (index >= LIVE_LISTS)
		return 1;
	struct list_walk list = {
		.block = walk->lists.list[index], .left = MODELS_MAX, .pid = walk->pid, .flags = walk->flags
	};
	if (!list.block)
		return 1;
	bpf_loop(BLOCKS_MAX, emit_block_counters, &list, 0);
	return 0;
}

static void emit_lists_counters(const struct live_lists *lists, u32 pid, u32 flags)
{
	struct lists_walk walk = { .lists = *lists, .pid = pid, .flags = flags };
	bpf_loop(LIVE_LISTS, emit_list_counters, &walk, 0);
}

/* Adds a list, once. False: there are too many. */
static __always_inline bool add_list(struct live_lists *lists, u64 list)
{
	for (int i = 0; i < LIVE_LISTS; i++) {
		u64 other = __sync_val_compare_and_swap(&lists->list[i], 0, list);
		if (!other || other == list)
			return true;
	}
	return false;
}

static __always_inline void remember_list(struct task_struct *task, u64 counters)
{
	struct live_lists lists = {}, *known;
	u64 at = counters + offsetof(struct pb_counters, list);
	u32 pid = tgid_seen(task);
	if (bpf_probe_read_user(&lists.list[0], sizeof(lists.list[0]), (const void *)at)) {
		event_lost(EVENT_MODEL, LOST_STATE);
		return;
	}
	/* fails if there are some already */
	if (bpf_map_update_elem(&live_lists, &pid, &lists, BPF_NOEXIST) == 0)
		return;
	known = bpf_map_lookup_elem(&live_lists, &pid);
	if (!known || !add_list(known, lists.list[0]))
		event_lost(EVENT_MODEL, LOST_STATE);
}

/* These two take the place of app_open and app_close. */
SEC("usdt")
int live_open(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (task_is_traced(task_state_get(task)))
		remember_list(task, app_arg(ctx, 5));
	return app_event(ctx, EVENT_APP_OPEN, NAMED_PATH, APP_NUMBERS(OPEN));
}

SEC("usdt")
int live_close(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (task_is_traced(task_state_get(task)))
		emit_bundle_counters(app_arg(ctx, 6), tgid_seen(task), 0, MODELS_MAX);
	return app_event(ctx, EVENT_APP_CLOSE, NAMED_NONE, APP_NUMBERS(CLOSE));
}

/*
 * Serves all probes of a binary with one program and one link (uprobe_multi): detaching takes as long as for a
 * single probe, and each trap is cheaper. For probe sites whose arguments are where a function call has them. The
 * cookie is the kind of event, with PROBE_FRAMED if the frame pointer is kept.
 */
SEC("uprobe")
int app_probe(struct pt_regs *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	STACK_OF_TASK(ctx, no_programs_multi);
	if (!task_is_traced(task_state_get(task)))
		return 0;
	u64 args[PROBE_ARGS] = { ctx->di, ctx->si, ctx->dx, ctx->cx, ctx->r8, ctx->r9 };
	u32 cookie = bpf_get_attach_cookie(ctx), kind = cookie & ~PROBE_FRAMED;
	if (take_counters && kind == EVENT_APP_OPEN)
		remember_list(task, args[5]);
	if (take_counters && kind == EVENT_APP_CLOSE) {
		u64 counters = 0, seventh = ctx->sp + 8, framed = ctx->bp + 16;
		barrier_var(framed); /* loads both: the verifier refuses a choice between the two addresses */
		if (cookie & PROBE_FRAMED)
			seventh = framed;
		bpf_probe_read_user(&counters, sizeof(counters), (const void *)seventh);
		emit_bundle_counters(counters, tgid_seen(task), 0, MODELS_MAX);
	}
	if (!app_is_emitted(task, kind, args))
		return 0;
	switch (kind) {
#define EMIT(ID, name, subject, rate, text, string)                                                          \
	case EVENT_APP_##ID:                                                                                 \
		app_emit(task, kind, args, NAMED_##subject, APP_NUMBERS(ID));                                \
		break;
		PROBES(EMIT)
	}
	return 0;
}

/* Emits the counters of a process whose memory is about to be freed, once. */
static __always_inline void emit_last_counters(struct task_struct *task)
{
	u32 pid = tgid_seen(task);
	struct live_lists *found = bpf_map_lookup_elem(&live_lists, &pid), lists;
	if (!found)
		return;
	lists = *found;
	if (bpf_map_delete_elem(&live_lists, &pid) == 0)
		emit_lists_counters(&lists, pid, 0);
}

static __always_inline void counters_end(struct task_struct *task, bool whole)
{
	if (whole && task_is_traced(task_state_get(task)))
		emit_last_counters(task);
}

/* Attached before on_exit, so that these records precede the exit event of the process. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(live_exit, struct task_struct *task)
{
	counters_end(task, task->signal->live.counter == 0);
	return 0;
}

SEC("?tp/sched/sched_process_exit")
int live_exit_classic(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	counters_end(task, task->signal->live.counter == 0);
	return CLASSIC_DONE;
}

SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(live_exec, struct task_struct *task)
{
	counters_end(task, true);
	return 0;
}

SEC("?tp/sched/sched_prepare_exec")
int live_exec_classic(void *ctx)
{
	counters_end(bpf_get_current_task_btf(), true);
	return CLASSIC_DONE;
}

/* Emits the counts that a child has inherited. Runs in the parent. */
static __always_inline int counters_fork(u32 pid, u32 child_pid)
{
	struct live_lists *found = bpf_map_lookup_elem(&live_lists, &pid), lists;
	if (!found)
		return 0;
	lists = *found;
	if (bpf_map_update_elem(&live_lists, &child_pid, &lists, BPF_ANY))
		event_lost(EVENT_MODEL, LOST_STATE);
	else
		emit_lists_counters(&lists, child_pid, MODEL_BASELINE);
	return 0;
}

/* Attached after on_fork, which decides whether the child is traced. A child that shares the parent's memory (vfork,
 * posix_spawn) soon executes another program and has no counters of its own. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(live_fork, struct task_struct *parent, struct task_struct *child)
{
	u32 pid = tgid_seen(parent), child_pid = tgid_seen(child);
	if (pid == child_pid || child->mm == parent->mm || !task_is_traced(task_state_get(child)))
		return 0;
	return counters_fork(pid, child_pid);
}

SEC("?tp/sched/sched_process_fork")
int live_fork_classic(void *ctx)
{
	struct task_struct *parent = bpf_get_current_task_btf();
	struct task_state *state = task_state_get(parent);
	u32 child_pid = state ? state->forked : 0;
	if (!child_pid)
		return CLASSIC_DONE;
	state->forked = 0;
	counters_fork(tgid_seen(parent), child_pid);
	return CLASSIC_DONE;
}
