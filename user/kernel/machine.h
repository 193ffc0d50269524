/* SPDX-License-Identifier: BSD-2-Clause */
/* What of this machine decides whether BPF can be used, and the words for what forbids it. */
#ifndef USER_KERNEL_MACHINE_H
#define USER_KERNEL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "user/base/text.h"

/* The oldest kernel with all that the programs need. */
enum { LINUX_MAJOR = 5, LINUX_MINOR = 17 };

struct machine {
	char release[65];      /* of the running kernel: "6.1.0-32-cloud-amd64" */
	int major, minor;      /* 0, 0: unknown */
	uint64_t capabilities; /* effective ones, by bit */
	bool user_namespace;   /* not the initial one: capabilities count for nothing in BPF */
	int seccomp;           /* of this process: 0 none, 1 strict, 2 a filter */
	char lockdown[20];     /* "none", "integrity", "confidentiality"; "": unknown */
	int paranoid;          /* kernel.perf_event_paranoid */
};

void machine_look(struct machine *machine);

/* True if this process has the capability (CAP_BPF). */
bool machine_has(const struct machine *machine, int capability);

/* Appends why the kernel may have answered `err` (-errno) to a request of BPF or of perf events, and what to do. */
void machine_why(struct text *t, const struct machine *machine, int err);

#endif
