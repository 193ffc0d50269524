/* SPDX-License-Identifier: BSD-2-Clause */
/* The hooks that see threads leave the CPU and get one again (bpf/sched.bpf.c). */
#ifndef USER_KERNEL_SCHED_HOOKS_H
#define USER_KERNEL_SCHED_HOOKS_H

#include <stdbool.h>

struct bpf_program;
struct bundletrace_bpf;
struct kernel;

/* Selects them, before the programs are loaded. That the kernel does not have them is reported. */
void sched_hooks_configure(struct kernel *kernel, bool wanted);

/* Attaches them, as far as they are loaded: kernel->sees.off_cpu says whether they see. */
void sched_hooks_attach(struct kernel *kernel);

/* True for their programs. */
bool sched_hooks_has(const struct bundletrace_bpf *skel, const struct bpf_program *program);

#endif
