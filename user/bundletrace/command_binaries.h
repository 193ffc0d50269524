/* SPDX-License-Identifier: BSD-2-Clause */
/* Binaries that the command's arguments name: their probes are attached before anything runs. */
#ifndef USER_BUNDLETRACE_COMMAND_BINARIES_H
#define USER_BUNDLETRACE_COMMAND_BINARIES_H

#include "binaries.h"

/*
 * Adds every program and library that a word of the arguments or LD_PRELOAD names: `sh -c './loader x'`,
 * `env LD_PRELOAD=./cache.so loader`; also inside of folders that are named: `chroot /srv/box /bin/loader`.
 */
void command_binaries_add(struct binaries *binaries, char *const arguments[]);

#endif
