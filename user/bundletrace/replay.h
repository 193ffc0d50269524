/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace file instead of the kernel: the same outputs, later, anywhere. */
#ifndef USER_BUNDLETRACE_REPLAY_H
#define USER_BUNDLETRACE_REPLAY_H

#include "options.h"

/* Shows the file of --read. Returns the exit status of bundletrace. */
int replay_run(const struct options *options);

#endif
