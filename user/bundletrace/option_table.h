/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of bundletrace, one row each, and their parser. */
#ifndef USER_BUNDLETRACE_OPTION_TABLE_H
#define USER_BUNDLETRACE_OPTION_TABLE_H

#include "options.h"

/* Reads the options and the command into `options`, which has its defaults, one by one: what goes together is
 * not checked. Exits as argp does on --help and on errors. */
void option_table_parse(struct options *options, int argc, char **argv);

#endif
