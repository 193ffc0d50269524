/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_detail.h"

#include "kernel_inside.h"

void kernel_set_detail(struct kernel *kernel, enum detail detail)
{
	__atomic_store_n(&kernel_skeleton(kernel)->bss->detail, detail, __ATOMIC_RELAXED);
}

int kernel_detach_calls(struct kernel *kernel, bool detach)
{
	static const enum hook hooks[] = { HOOK_SYS_ENTER, HOOK_SYS_EXIT, HOOK_SYS_EXIT_NO_CAST };
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		if (!hook_loaded(kernel, hooks[i]))
			continue;
		hook_detach(kernel, hooks[i]);
		int err = detach ? 0 : hook_attach(kernel, hooks[i]);
		if (err)
			return err;
	}
	return 0;
}

int kernel_detach_frequent(struct kernel *kernel, bool detach)
{
	int err = kernel_detach_calls(kernel, detach);
	return err ? err : kernel_probes_detach_frequent(kernel, detach);
}

int kernel_count_reads(struct kernel *kernel, bool on)
{
	if (on && hook_attached(kernel, HOOK_USE_CALL))
		return 0;
	hook_detach(kernel, HOOK_USE_CALL);
	return on ? hook_attach(kernel, HOOK_USE_CALL) : 0;
}

bool kernel_counts_reads(const struct kernel *kernel)
{
	return hook_loaded(kernel, HOOK_USE_CALL);
}

void kernel_narrow_reads(struct kernel *kernel, bool narrow)
{
	__atomic_store_n(&kernel_skeleton(kernel)->bss->model_users_only, narrow, __ATOMIC_RELAXED);
}
