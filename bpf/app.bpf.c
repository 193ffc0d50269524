// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The app layer: the probes of libpagedbundle. Every probe hands out a bundle's id, then a name (all but
 * close), then numbers: one way through for all of them. */
#include "core.h"
#define BPF_USDT_MAX_SPEC_CNT 1024
#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define NAME_SHORT 64
#define NAME_LONG  1024

/* Reads the name into the record; false: it is longer than `room`. */
static __always_inline bool app_name(struct event_app *record, u64 address, u32 room)
{
	long got = bpf_probe_read_user_str(record->strings, room, (const void *)address);
	if (got <= 0) { /* 0: empty, from Linux before 6.13 */
		record->name_bytes = got < 0 ? 0 : STRING_HERE;
		return true;
	}
	record->name_bytes = STRING_HERE | (got - 1) | (got == NAME_LONG ? STRING_CUT : 0);
	return got < room || room == NAME_LONG;
}

static __always_inline u64 app_arg(struct pt_regs *ctx, u64 index)
{
	long value = 0;
	bpf_usdt_arg(ctx, index, &value);
	return value;
}

static __always_inline struct event_app *app_reserve(struct task_struct *task, u16 kind, u64 name)
{
	struct event_app *record =
		event_reserve(task, kind, offsetof(struct event_app, strings) + NAME_SHORT);
	if (!record || app_name(record, name, NAME_SHORT))
		return record;
	bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
	record = event_reserve(task, kind, offsetof(struct event_app, strings) + NAME_LONG);
	if (record)
		app_name(record, name, NAME_LONG);
	return record;
}

static __always_inline int app_event(struct pt_regs *ctx, u16 kind, const bool named, const int args)
{
	struct task_struct *task = bpf_get_current_task_btf();
	if (!task_is_traced(task_state_get(task)))
		return 0;
	struct event_app *record;
	if (named)
		record = app_reserve(task, kind, app_arg(ctx, 1));
	else
		record = event_reserve(task, kind, offsetof(struct event_app, strings));
	if (!record)
		return 0;
	if (!named)
		record->name_bytes = 0;
	record->bundle = app_arg(ctx, 0);
	for (int i = 0; i < APP_ARGS; i++)
		record->args[i] = i < args ? app_arg(ctx, i + (named ? 2 : 1)) : 0;
	record->head.size = offsetof(struct event_app, strings) + (record->name_bytes & STRING_LENGTH);
	event_submit(record, false);
	return 0;
}

#define APP_PROBE(name, kind, named, args)                                                                   \
	SEC("usdt")                                                                                          \
	int app_##name(struct pt_regs *ctx)                                                                  \
	{                                                                                                    \
		return app_event(ctx, kind, named, args);                                                    \
	}

APP_PROBE(open, EVENT_APP_OPEN, true, 4)
APP_PROBE(hit, EVENT_APP_HIT, true, 2)
APP_PROBE(miss, EVENT_APP_MISS, true, 2)
APP_PROBE(load, EVENT_APP_LOAD, true, 4)
APP_PROBE(evict, EVENT_APP_EVICT, true, 4)
APP_PROBE(prefetch, EVENT_APP_PREFETCH, true, 3)
APP_PROBE(error, EVENT_APP_ERROR, true, 1)
APP_PROBE(close, EVENT_APP_CLOSE, false, 5)
