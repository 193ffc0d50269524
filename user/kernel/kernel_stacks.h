/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the kernel side which files and bundles are not shown, so that it takes no stacks for events on them. */
#ifndef USER_KERNEL_KERNEL_STACKS_H
#define USER_KERNEL_KERNEL_STACKS_H

#include "kernel.h"

/* From now on stacks are copied as deep as possible, for programs whose own code is far out. */
void kernel_stacks_deepen(const struct kernel *kernel);

/* Once a file or bundle was found to be shown, it keeps its stacks, even if it later is not under another name. Without
 * a selection (struct kernel_options) these do nothing. What fails costs time alone. */
void kernel_stacks_of_file(const struct kernel *kernel, const struct file_id *id, bool shown);
void kernel_stacks_of_bundle(const struct kernel *kernel, uint32_t pid, uint64_t bundle, bool shown);

#endif
