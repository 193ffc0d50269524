/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks of what is summed up by file beside calls: faults in mappings, pages added to the page cache, waits for the
 * disk. Each is attached in the best way that this kernel has; what cannot be seen is said, and nothing fails.
 */
#ifndef USER_KERNEL_IO_HOOKS_H
#define USER_KERNEL_IO_HOOKS_H

#include <stdbool.h>

#include "user/calls/filter.h"

struct kernel;

struct io_sees {
	bool faults;  /* in mappings of files */
	bool majors;  /* which of them had to read */
	bool minors;  /* each of the others, at its end */
	bool fills;   /* pages added to the page cache */
	bool waits;   /* for the disk */
	bool deletes; /* pages deleted from the page cache */
	bool blocks;  /* requests to disks */
	bool off_cpu; /* times off the CPU */
};

/* Selects which of them are loaded, before the programs are. `filter`: the layers whose events are emitted too. */
void io_hooks_configure(struct kernel *kernel, bool wanted, const struct filter *filter);

/* Attaches them, as far as they are loaded. */
void io_hooks_attach(struct kernel *kernel);

/* Closes what io_hooks_attach() has opened beside links of the skeleton. */
void io_hooks_detach(struct kernel *kernel);

/* What is attached. */
struct io_sees io_hooks_see(const struct kernel *kernel);

#endif
