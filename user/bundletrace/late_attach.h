/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that attaches the probes of what traced processes map while they run: programs that others start,
 * libraries that are loaded later. Beside the events, which it must not hold up. */
#ifndef USER_BUNDLETRACE_LATE_ATTACH_H
#define USER_BUNDLETRACE_LATE_ATTACH_H

#include "binaries.h"

struct late_attach;

/* From here on mappings are kept. NULL: errno. */
struct late_attach *late_attach_open(struct binaries *binaries);

/* From here on, up to late_attach_stop(), the binaries are the thread's. 0 or -errno. */
int late_attach_start(struct late_attach *late_attach);
void late_attach_stop(struct late_attach *late_attach); /* NULL is fine */

/* What the process has mapped from then on is to be looked at; pid 0: what all traced ones have; time 0: it
 * ran before it was traced. */
void late_attach_scan(struct late_attach *late_attach, pid_t pid, uint64_t since_ns);

/* A process that ran without probes for a while and has them now; each is told of once. 0: no other. */
pid_t late_attach_next(struct late_attach *late_attach);

void late_attach_close(struct late_attach *late_attach);

#endif
