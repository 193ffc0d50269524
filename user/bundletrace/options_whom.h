/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the command line that says whom to trace. */
#ifndef USER_BUNDLETRACE_OPTIONS_WHOM_H
#define USER_BUNDLETRACE_OPTIONS_WHOM_H

#include <argp.h>

#include "options.h"

/* A child of the parser of all options; its input is the same struct options. */
extern const struct argp options_whom;

/* One thing to trace, and not more; else it is reported and the program ends. */
void options_whom_check(const struct options *options);

/* Of options.c: end the program. */
void usage_error(const char *option, const char *arg, const char *expected) __attribute__((noreturn));

#endif
