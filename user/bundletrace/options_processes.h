/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the command line that says whom to trace. */
#ifndef USER_BUNDLETRACE_OPTIONS_PROCESSES_H
#define USER_BUNDLETRACE_OPTIONS_PROCESSES_H

#include <argp.h>

#include "options.h"

/* A child of the parser of all options; its input is the same struct options. */
extern const struct argp options_processes;

/* One thing to trace, and not more; else it is reported and the program ends. */
void options_processes_check(const struct options *options);

/* Of options.c: end the program. */
void usage_error(const char *option, const char *arg, const char *expected) __attribute__((noreturn));
void no_memory(void) __attribute__((noreturn));

#endif
