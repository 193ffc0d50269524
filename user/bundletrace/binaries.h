/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files get probes: the command's program and libraries, what its arguments name, and what is executed
 * later. */
#ifndef BUNDLETRACE_BINARIES_H
#define BUNDLETRACE_BINARIES_H

#include "kernel.h"

struct binaries {
	struct kernel *kernel;
	int probes;       /* attached */
	bool refused;     /* probes are there, and the kernel refused to attach them: reported */
	char *late;       /* a program whose first cache events were missed; NULL: none */
	uint64_t late_ns; /* how long it had run */
};

/* Attaches the probes of a program and of the libraries it will be linked to. */
void binaries_add(struct binaries *binaries, const char *program);

/* The same for every program that the words of the arguments name: `sh -c './loader x'`, `env A=1 loader`. */
void binaries_add_arguments(struct binaries *binaries, char *const arguments[]);

/* The same for what a running process has mapped, whatever its namespaces, and if it was deleted since. */
void binaries_add_running(struct binaries *binaries, pid_t pid);

/*
 * The same for what a traced process executed at that time: too late for its first events if it has probes
 * and was not known, since the process is not stopped.
 */
void binaries_executed(struct binaries *binaries, uint32_t pid, uint64_t time_ns);

#endif
