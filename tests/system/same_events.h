/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace beside the lines of strace: the same calls with the same results, task by task. */
#ifndef TESTS_SAME_EVENTS_H
#define TESTS_SAME_EVENTS_H

#include "traced.h"

/* Runs a command, which ends with `code`, under strace -f and then under bundletrace with these options. */
void same_events(const char *const options[], const char *const command[], int code);

/* Runs a command under strace, with options that make strace skip or change calls, under bundletrace. A call in whose place
 * strace gave the result is number -1 to the kernel. */
void same_injected(const char *const options[], const char *const command[]);

#endif
