/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attaches the probes of libpagedbundle in programs and libraries. Each file is examined once, whichever way it
 * was found, and what came of it is remembered. All functions may be called from any thread.
 */
#ifndef USER_KERNEL_ATTACH_H
#define USER_KERNEL_ATTACH_H

#include <stdint.h>
#include <sys/types.h>

#include "user/base/text.h"

struct kernel;

/*
 * Attaches the wanted probes of a file. Returns how many; 0 if it has none, is no program or library, or was
 * examined before; or -errno (-ENOENT: there is no such file any more; -EPERM: it cannot be opened; else the
 * kernel refused to attach them). *since_ns: when its probes were attached, CLOCK_MONOTONIC; 0: it has none.
 */
int attach_file(struct kernel *kernel, const char *path, uint64_t *since_ns);

/*
 * The same for every file whose first byte a process has mapped. Only what is mapped counts: the linker of
 * another user's program cannot be asked what it would load. Returns the address of the process's list of open
 * bundles; 0: nothing that it has mapped keeps one; or -errno (-ESRCH: it has ended; -EACCES, -EPERM: what it has
 * mapped, or a part of it, may not be looked at).
 */
int64_t attach_process(struct kernel *kernel, pid_t pid);

/* What came of it so far. */
struct attach_results {
	unsigned probed;   /* files whose probes are attached */
	unsigned refused;  /* files with probes that the kernel refused to attach: their events are missing */
	int refused_error; /* -errno, of the first of these */
	char *refused_path; /* its path, owned by `kernel`; NULL: none, or out of memory */
};
void attach_results(struct kernel *kernel, struct attach_results *results);

/* Appends "probes refused in 2 files (Invalid argument), cache events are missing: /a/b.so", with the first of
 * these files; nothing if none was refused. */
void attach_refused_text(struct text *t, const struct attach_results *results);

#endif
