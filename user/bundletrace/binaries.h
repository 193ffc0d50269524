/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches the probes of the traced programs and their libraries, before they run or while they do. */
#ifndef USER_BUNDLETRACE_BINARIES_H
#define USER_BUNDLETRACE_BINARIES_H

#include "user/kernel/kernel.h"
#include "user/unwind/code_maps.h"

/* Programs and libraries that a process was already running when their probes were attached. */
struct late {
	char *path; /* of the file that ran longest without probes; NULL: none */
	uint64_t ns;
	bool library;
	unsigned count;
};

/* Processes whose code could not be seen: probes of theirs may not be attached. */
struct unseen {
	unsigned count; /* reports of it; a process may count more than once */
	pid_t pid;      /* the first of them, and ... */
	int err;        /* ... why: as in struct process_map_file */
};

struct binaries {
	struct kernel *kernel;
	int probes;       /* attached */
	unsigned refused; /* files whose probes could not be attached: reported */
	struct unseen unseen;
	struct late late;
	_Atomic uint64_t began_ns;             /* when the trace began; 0: not yet */
	void (*on_late)(void *ctx, pid_t pid); /* called for each such process */
	/* Called when a process has mapped a file with attached probes; `fresh`: since the trace began. */
	void (*on_probed)(void *ctx, pid_t pid, bool fresh);
	void *ctx;
};

/* Attaches the probes of a file. */
void binaries_add_file(struct binaries *binaries, const char *path);

/* The same for a program or library, and the libraries that it will be linked to. */
void binaries_add(struct binaries *binaries, const char *program);

/* The same for all code that a running process has mapped, in any namespace, deleted or not; or for all traced
 * processes. since_ns: the earliest time it may have been mapped; 0: before the trace began. */
void binaries_add_running(struct binaries *binaries, pid_t pid, uint64_t since_ns);
void binaries_add_traced(struct binaries *binaries, uint64_t since_ns);

/* The same for a new mapping, if its process is traced. The process is not stopped, so its first events may be missed. */
void binaries_add_mapped(struct binaries *binaries, const struct code_map *mapping);

#endif
