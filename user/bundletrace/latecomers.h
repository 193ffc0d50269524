/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that attaches the probes of what traced processes map while they run: programs that others start,
 * libraries that are loaded later. Beside the events, which it must not hold up. */
#ifndef USER_BUNDLETRACE_LATECOMERS_H
#define USER_BUNDLETRACE_LATECOMERS_H

#include "binaries.h"

struct latecomers;

/* From here on mappings are kept. NULL: errno. */
struct latecomers *latecomers_open(struct binaries *binaries);

/* From here on, up to latecomers_stop(), the binaries are the thread's. 0 or -errno. */
int latecomers_start(struct latecomers *latecomers);
void latecomers_stop(struct latecomers *latecomers); /* NULL is fine */

/* What the process has mapped from then on is to be looked at; pid 0: what all traced ones have; time 0: it
 * ran before it was traced. */
void latecomers_look(struct latecomers *latecomers, pid_t pid, uint64_t since_ns);

/* A process that ran without probes for a while and has them now; each is told of once. 0: no other. */
pid_t latecomers_next(struct latecomers *latecomers);

void latecomers_close(struct latecomers *latecomers);

#endif
