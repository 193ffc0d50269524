/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that attaches the probes of files that traced processes map while they run: programs that they start,
 * libraries that they load later; and looks whether they are armed. It must not delay the reading of events. */
#ifndef USER_BUNDLETRACE_LATE_ATTACH_H
#define USER_BUNDLETRACE_LATE_ATTACH_H

#include "binaries.h"

struct late_attach;

/* Starts recording new mappings. *unseen: -errno if they cannot be, or 0; without them it still does what is requested.
 * NULL: it cannot do anything. */
struct late_attach *late_attach_open(struct binaries *binaries, int *unseen);

/* Starts the thread: until late_attach_stop(), only it may use the binaries. 0 or -errno. */
int late_attach_start(struct late_attach *late_attach);
void late_attach_stop(struct late_attach *late_attach); /* NULL is fine */

/* Requests a scan of what a process has mapped since then; pid 0: of all traced processes; time 0: it ran before it
 * was traced. */
void late_attach_scan(struct late_attach *late_attach, pid_t pid, uint64_t since_ns);

/* The next process that ran without probes for a while and has them now; each is returned once. 0: no other. */
pid_t late_attach_next(struct late_attach *late_attach);

/* Processes whose probes the kernel had not armed, so that they were armed later than their start. */
struct late_armed {
	unsigned count;
	char path[256]; /* of the file of the one that took longest; "": none */
	uint64_t ns;    /* since it was mapped */
};
struct late_armed late_attach_armed(struct late_attach *late_attach);

void late_attach_close(struct late_attach *late_attach);

#endif
