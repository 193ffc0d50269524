/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of a trace has to know about it: said on standard error and in every output that has notes.
 */
#ifndef BUNDLETRACE_NOTES_H
#define BUNDLETRACE_NOTES_H

#include "binaries.h"

#define NOTES_MAX 8

struct notes {
	char *all[NOTES_MAX + 1]; /* NULL at the end; one without memory is only on standard error */
};

void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What became of the probes. `program`: the command's; NULL: running processes are traced. */
void notes_add_probes(struct notes *notes, const struct binaries *binaries, const char *program);

void notes_free(struct notes *notes);

#endif
