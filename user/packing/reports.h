/* SPDX-License-Identifier: BSD-2-Clause */
/* The failures that every subcommand can meet, one line on stderr each; and text to stdout. */
#ifndef USER_PACKING_REPORTS_H
#define USER_PACKING_REPORTS_H

#include "user/base/text.h"

/* All return EXIT_FAILURE. */
int report_bundle(const char *path, int err); /* a failed call of the library: its error code */
int report_errno(const char *path);           /* a failed system call on this file: its errno */
int report_no_memory(void);

/* Writes a text to stdout and frees it. Returns EXIT_SUCCESS, or EXIT_FAILURE and reports. */
int print_text(struct text *t);

#endif
