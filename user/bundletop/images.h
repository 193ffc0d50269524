/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that processes have mapped: each is looked into once, for the probes and for the place of the
 * list of open bundles. Asking a program's own linker what it will load is not for programs of other users,
 * so only what is mapped counts.
 */
#ifndef USER_BUNDLETOP_IMAGES_H
#define USER_BUNDLETOP_IMAGES_H

#include "user/kernel/kernel.h"

struct images;

struct images *images_new(struct kernel *kernel); /* NULL: out of memory */
void images_free(struct images *images);

/* Attaches the probes of what a process has mapped. The address of its list of open bundles: 0 if nothing
 * that it has mapped keeps one, or -errno (-ESRCH: it has ended). */
int64_t images_scan(struct images *images, pid_t pid);

/* Files with probes, and what the kernel said when it refused to attach some (0: nothing). */
unsigned images_probed(const struct images *images);
int images_refused(const struct images *images);

#endif
