/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Which events get no stack, because a selection (-P, --bundle) will not show them. User space decides about each file
 * and bundle when it has seen the first event on it, and tells the kernel side here; until then stacks are taken.
 */
#ifndef BPF_STACK_SKIP_H
#define BPF_STACK_SKIP_H

#include "core.h"

extern const volatile bool stacks_selected; /* there is such a selection */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1); /* user space sets more where stacks are selected */
	__type(key, struct stack_skip_key);
	__type(value, u8);
} stack_skips __weak SEC(".maps");

static __always_inline bool stack_is_skipped(u64 id, u64 owner)
{
	struct stack_skip_key key = { .id = id, .owner = owner };
	u8 *skip = bpf_map_lookup_elem(&stack_skips, &key);
	return skip && *skip == STACK_SKIP;
}

/* The file or bundle is a new one, though it may have the numbers of an older one: user space decides again. */
static __always_inline void stack_skip_forget(u64 id, u64 owner)
{
	struct stack_skip_key key = { .id = id, .owner = owner };
	if (stacks_selected && stack_is_skipped(id, owner))
		bpf_map_delete_elem(&stack_skips, &key);
}

static __always_inline bool stack_file_is_skipped(const struct file_id *id)
{
	return !id->ino || stack_is_skipped(id->ino, STACK_SKIP_FILE(id->dev));
}

#endif
