/* SPDX-License-Identifier: BSD-2-Clause */
/* The hooks that see requests to disks (bpf/block.bpf.c, bpf/block_done.bpf.c). */
#ifndef USER_KERNEL_BLOCK_HOOKS_H
#define USER_KERNEL_BLOCK_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

struct bpf_program;
struct bundletrace_bpf;
struct kernel;

/* Selects them, before the programs are loaded. That the kernel does not have them is reported. */
void block_hooks_configure(struct kernel *kernel, bool wanted);

/* Once they are loaded: finds what they need to tie requests of O_DIRECT to their files. */
void block_hooks_find(const struct kernel *kernel);

/* Attaches them, as far as they are loaded: kernel->sees.blocks says whether they see. */
void block_hooks_attach(struct kernel *kernel);

/* Requests of traced tasks whose completion has not been seen: after the trace, those under way, and those for which the
 * kernel skipped the hook. */
uint64_t block_hooks_unseen(const struct kernel *kernel);

/* True for their programs. */
bool block_hooks_has(const struct bundletrace_bpf *skel, const struct bpf_program *program);

#endif
