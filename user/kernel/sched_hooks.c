/* SPDX-License-Identifier: BSD-2-Clause */
#include "sched_hooks.h"

#include "kernel_inside.h"
#include "user/base/report.h"

static bool there(const char *tracepoint)
{
	return libbpf_find_vmlinux_btf_id(tracepoint, BPF_TRACE_RAW_TP) > 0;
}

void sched_hooks_configure(struct kernel *kernel, bool wanted)
{
	struct bundletrace_bpf *skel = kernel->skel;
	bool can = wanted && there("sched_switch") && there("sched_wakeup");
	bpf_program__set_autoload(skel->progs.on_off_cpu, can);
	bpf_program__set_autoload(skel->progs.on_wakeup, can);
	if (wanted && !can)
		report("no times off the CPU: the kernel does not tell of them");
}

void sched_hooks_attach(struct kernel *kernel)
{
	struct bundletrace_bpf *skel = kernel->skel;
	if (!bpf_program__autoload(skel->progs.on_off_cpu))
		return;
	/* first what a time off the CPU needs for its end */
	skel->links.on_wakeup = bpf_program__attach(skel->progs.on_wakeup);
	skel->links.on_off_cpu = bpf_program__attach(skel->progs.on_off_cpu);
	kernel->sees.off_cpu = skel->links.on_wakeup && skel->links.on_off_cpu;
}

bool sched_hooks_has(const struct bundletrace_bpf *skel, const struct bpf_program *program)
{
	return program == skel->progs.on_off_cpu || program == skel->progs.on_wakeup;
}
