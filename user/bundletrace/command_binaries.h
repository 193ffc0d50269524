/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line names besides the command gets its probes before anything runs. */
#ifndef USER_BUNDLETRACE_COMMAND_BINARIES_H
#define USER_BUNDLETRACE_COMMAND_BINARIES_H

#include "binaries.h"

/*
 * Every program and library that the words of the arguments name, or LD_PRELOAD: `sh -c './loader x'`,
 * `env LD_PRELOAD=./cache.so loader`; and in folders that they name: `chroot /srv/box /bin/loader`.
 */
void command_binaries_add(struct binaries *binaries, char *const arguments[]);

#endif
