/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook at the entries of the calls that replace the size of a buffer (bpf/entries.bpf.c), where the entries of all
 * calls are not hooked.
 */
#ifndef USER_KERNEL_KERNEL_ENTRIES_H
#define USER_KERNEL_KERNEL_ENTRIES_H

#include <stdbool.h>

#define ENTRIES_MAX 16

struct kernel;

/* Selects whether it is loaded, before the programs are. */
void entries_configure(struct kernel *kernel, bool wanted);

/* Attaches it, if it is loaded, to the wanted ones of those calls. 0, or reported and -errno. */
int entries_attach(struct kernel *kernel);
void entries_detach(struct kernel *kernel);

#endif
