/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel_detail.h"

#include <errno.h>

#include "kernel_inside.h"

void kernel_set_detail(struct kernel *kernel, enum detail detail)
{
	__atomic_store_n(&kernel_skeleton(kernel)->bss->detail, detail, __ATOMIC_RELAXED);
}

int kernel_detach_calls(struct kernel *kernel, bool detach)
{
	struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	struct bpf_link **const links[] = { &skel->links.on_sys_enter, &skel->links.on_sys_exit,
		&skel->links.on_sys_exit_no_cast };
	struct bpf_program *const programs[] = { skel->progs.on_sys_enter, skel->progs.on_sys_exit,
		skel->progs.on_sys_exit_no_cast };
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		if (!bpf_program__autoload(programs[i]))
			continue;
		bpf_link__destroy(*links[i]);
		*links[i] = detach ? NULL : bpf_program__attach(programs[i]);
		if (!detach && !*links[i])
			return -errno;
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
	struct bundletrace_bpf *skel = kernel_skeleton(kernel);
	if (on && skel->links.use_call)
		return 0;
	bpf_link__destroy(skel->links.use_call);
	skel->links.use_call = on ? bpf_program__attach(skel->progs.use_call) : NULL;
	return on && !skel->links.use_call ? -errno : 0;
}

void kernel_narrow_reads(struct kernel *kernel, bool narrow)
{
	__atomic_store_n(&kernel_skeleton(kernel)->bss->model_users_only, narrow, __ATOMIC_RELAXED);
}
