/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook at the entries of single calls (bpf/entries.bpf.c): of those of which something is gone when they return. It
 * stands in for the hook at the entry of every call where that is not needed for durations.
 */
#ifndef USER_KERNEL_KERNEL_ENTRIES_H
#define USER_KERNEL_KERNEL_ENTRIES_H

#include <stdbool.h>

#define ENTRIES_MAX 16

struct kernel;

/* Selects whether it is loaded, before the programs are. False: it is wanted, but tracefs, which has the tracepoints,
 * cannot be read. */
bool entries_configure(struct kernel *kernel, bool wanted);

/* Attaches it, if it is loaded, to the calls that call_specs says. 0, or reported and -errno. */
int entries_attach(struct kernel *kernel);
void entries_detach(struct kernel *kernel);

#endif
