/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_stacks.h"

#include "kernel_inside.h"

static void decide(const struct kernel *kernel, const struct stack_skip_key *key, bool shown)
{
	const struct bundletrace_bpf *skel = kernel->skel;
	uint8_t value = shown ? STACK_KEEP : STACK_SKIP;
	if (skel->rodata->stacks_selected)
		bpf_map_update_elem(
			bpf_map__fd(skel->maps.stack_skips), key, &value, shown ? BPF_ANY : BPF_NOEXIST);
}

void kernel_stacks_deepen(const struct kernel *kernel)
{
	kernel->skel->bss->stack_deeper = 1;
}

void kernel_stacks_of_file(const struct kernel *kernel, const struct file_id *id, bool shown)
{
	decide(kernel, &(struct stack_skip_key){ id->ino, STACK_SKIP_FILE(id->dev) }, shown);
}

void kernel_stacks_of_bundle(const struct kernel *kernel, uint32_t pid, uint64_t bundle, bool shown)
{
	decide(kernel, &(struct stack_skip_key){ bundle, STACK_SKIP_BUNDLE(pid) }, shown);
}
