/* SPDX-License-Identifier: BSD-2-Clause */
#include "notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../common/report.h"

void notes_add(struct notes *notes, const char *format, ...)
{
	va_list args;
	char *note = NULL;
	unsigned at = 0;
	va_start(args, format);
	if (vasprintf(&note, format, args) < 0)
		note = NULL;
	va_end(args);
	report("%s", note ? note : format);
	while (notes->all[at])
		at++;
	if (at < NOTES_MAX)
		notes->all[at] = note;
	else
		free(note);
}

static void add_late(struct notes *notes, const struct late *late)
{
	char others[64] = "";
	if (late->count > 1)
		snprintf(others, sizeof(others), ", and so may those of %u others", late->count - 1);
	notes_add(notes,
		"%s was %s: its cache events of the first %llu ms may be missing%s (name it in the "
		"command%s)",
		late->path ? printable(late->path) : "a file",
		late->library ? "loaded while the process ran" : "started by another program",
		(unsigned long long)(late->ns / 1000000 + 1), others,
		late->library ? " or in LD_PRELOAD" : ", or trace it alone");
}

void notes_add_probes(struct notes *notes, const struct binaries *binaries, const char *program)
{
	if (binaries->refused)
		notes_add(notes, "the probes could not be attached: cache events are missing");
	else if (!binaries->probes)
		notes_add(notes,
			"no probe of libpagedbundle in %s or its libraries: only system calls are shown",
			program ? printable(program) : "the traced processes");
	else if (binaries->late.count)
		add_late(notes, &binaries->late);
}

void notes_free(struct notes *notes)
{
	for (unsigned i = 0; notes->all[i]; i++)
		free(notes->all[i]);
}
