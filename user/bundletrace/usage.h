/* SPDX-License-Identifier: BSD-2-Clause */
/* A command line that is wrong: each function reports it on standard error and ends the program with status
 * EXIT_USAGE. */
#ifndef USER_BUNDLETRACE_USAGE_H
#define USER_BUNDLETRACE_USAGE_H

#include "user/base/text.h"

/* "OPTION: ARG: not EXPECTED (see --help)": the option's argument has the wrong form. */
void usage_error(const char *option, const char *arg, const char *expected) __attribute__((noreturn));

/* "OPTION ARG: PROBLEM (see --help)": the parser of the argument says what is wrong with it. */
void usage_problem(const char *option, const char *arg, const struct text *problem) __attribute__((noreturn));

/* "PROBLEM (see --help)": options that do not go together. */
void usage_conflict(const char *problem) __attribute__((noreturn));

/* Memory ran out while options were read: the status is EXIT_FAILURE. */
void usage_no_memory(void) __attribute__((noreturn));

#endif
