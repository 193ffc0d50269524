/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks of what is summed up by file beside calls: faults in mappings, pages added to the page cache, waits for the
 * disk. Each is attached in the best way that this kernel has; what cannot be seen is said, and nothing fails.
 */
#ifndef USER_KERNEL_IO_HOOKS_H
#define USER_KERNEL_IO_HOOKS_H

#include <stdbool.h>

struct kernel;

/* Selects which of them are loaded, before the programs are. */
void io_hooks_configure(struct kernel *kernel, bool wanted);

/* Attaches them, as far as they are loaded. */
void io_hooks_attach(struct kernel *kernel);

/* Closes what io_hooks_attach() has opened beside links of the skeleton. */
void io_hooks_detach(struct kernel *kernel);

/* What of mapped files this kernel does not let be seen, as the text of a note; NULL: all is seen, or not wanted. */
const char *io_hooks_unseen(const struct kernel *kernel);

#endif
