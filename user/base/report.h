/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to the user: one line on stderr, `program: what: why (what to do)`. */
#ifndef USER_BASE_REPORT_H
#define USER_BASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_USAGE = 2 };

/* Sets the name that messages start with. Call it first; the name must stay valid. */
void report_program(const char *name);

/* Prints one line; the newline is added. Gives up after a second if nobody reads stderr. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* With --debug: report_debug() prints. */
void report_debugging(bool on);

/* Prints one line as report() does, for --debug only. */
void report_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes a file name, model name or other text from outside safe to print: escapes what a terminal would
 * obey. Returns a static buffer that the eighth call after this one overwrites. */
const char *printable(const char *s);

/* The same of a name that may contain zero bytes, or be so long that a line would not hold it: up to 200 bytes. */
const char *printable_name(const char *bytes, size_t len);

#endif
