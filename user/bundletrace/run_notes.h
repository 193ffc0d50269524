/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of a trace has to know of it: on standard error at the end, and in the output. */
#ifndef USER_BUNDLETRACE_RUN_NOTES_H
#define USER_BUNDLETRACE_RUN_NOTES_H

#include "binaries.h"
#include "options.h"

#define RUN_NOTES_MAX 8

struct run_notes {
	const char *list[RUN_NOTES_MAX + 1]; /* closed by NULL */
	unsigned count;
};

/* All that is to be said; `program` is the command's, or NULL. Each is reported. */
void run_notes_take(struct run_notes *notes, const struct options *options, const struct kernel *kernel,
	const struct binaries *binaries, const char *program);
/* One more. */
void run_notes_add(struct run_notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void run_notes_free(struct run_notes *notes);

#endif
