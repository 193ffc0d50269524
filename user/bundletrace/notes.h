/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of a trace has to know of it: on standard error at the end, and in the output. */
#ifndef USER_BUNDLETRACE_NOTES_H
#define USER_BUNDLETRACE_NOTES_H

#include "binaries.h"
#include "options.h"

#define NOTES_MAX 8

struct notes {
	const char *list[NOTES_MAX + 1]; /* closed by NULL */
	unsigned count;
};

/* All that is to be said; `program` is the command's, or NULL. Each is reported. */
void notes_take(struct notes *notes, const struct options *options, const struct kernel *kernel,
	const struct binaries *binaries, const char *program);
/* One more. */
void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_free(struct notes *notes);

#endif
