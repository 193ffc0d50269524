/* SPDX-License-Identifier: BSD-2-Clause */
/* Notes on a run that a reader of its trace has to know, such as what is missing: they go to standard error
 * and into the output. */
#ifndef USER_BUNDLETRACE_RUN_NOTES_H
#define USER_BUNDLETRACE_RUN_NOTES_H

#include "binaries.h"
#include "late_attach.h"
#include "options.h"

#define RUN_NOTES_MAX 8

struct run_notes {
	const char *list[RUN_NOTES_MAX]; /* owned */
	unsigned count;
};

/* Adds the notes of the end of a run. `late_attach` may be NULL; `program`: the command's file, or NULL. */
void run_notes_take(struct run_notes *notes, const struct options *options, const struct kernel *kernel,
	const struct binaries *binaries, struct late_attach *late_attach, const char *program);
/* Adds a note, which is reported on standard error too. Beyond RUN_NOTES_MAX, it is ignored. */
void run_notes_add(struct run_notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void run_notes_free(struct run_notes *notes);

#endif
