/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files get probes: programs and libraries, before they run or while they do. */
#ifndef USER_BUNDLETRACE_BINARIES_H
#define USER_BUNDLETRACE_BINARIES_H

#include "user/kernel/kernel.h"
#include "user/unwind/code_maps.h"

/* Programs and libraries whose probes came when a process was running them already. */
struct late {
	char *path; /* of that which ran longest without; NULL: none */
	uint64_t ns;
	bool library;
	unsigned count;
};

struct binaries {
	struct kernel *kernel;
	int probes;   /* attached */
	bool refused; /* probes are there, and the kernel refused to attach them: reported */
	struct late late;
	_Atomic uint64_t began_ns;             /* the trace; 0: not yet */
	void (*on_late)(void *ctx, pid_t pid); /* told of each such process */
	void *ctx;
};

/* Attaches the probes of a file. */
void binaries_add_file(struct binaries *binaries, const char *path);

/* The same for a program, or a library, and the libraries that it will be linked to. */
void binaries_add(struct binaries *binaries, const char *program);

/* The same for what a running process has mapped, whatever its namespaces, and if it was deleted since; or
 * all that are traced. since_ns: it may have been mapped from then on; 0: before the trace began. */
void binaries_add_running(struct binaries *binaries, pid_t pid, uint64_t since_ns);
void binaries_add_traced(struct binaries *binaries, uint64_t since_ns);

/* The same for what a process has just mapped, if it is traced: late, since the process is not stopped. */
void binaries_add_mapped(struct binaries *binaries, const struct code_map *mapping);

#endif
