/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to the user: one line on stderr, `program: what: why (what to do)`. */
#ifndef USER_BASE_REPORT_H
#define USER_BASE_REPORT_H

enum { EXIT_USAGE = 2 };

/* Sets the name that messages start with; call first. */
void report_program(const char *name);

/* One line, the newline is added. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, for a file name, model name or other bytes from outside: escapes what a terminal would obey.
 * Returns a static buffer that the next call but seven overwrites. */
const char *printable(const char *s);

#endif
