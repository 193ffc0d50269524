/* SPDX-License-Identifier: BSD-2-Clause */
/* Access scripts: one operation a line, a line of JSON for each. docs/man/bundlectl.1 describes both. */
#ifndef USER_BUNDLECTL_REPLAY_H
#define USER_BUNDLECTL_REPLAY_H

#include <stdio.h>

#include "user/base/text.h"

/* Runs a script; paths in it are relative to folder `dir`. Each operation's line is added to `out`, which the
 * caller may empty in `flush` (NULL: never). A line that cannot be understood ends the run with a report and
 * EXIT_FAILURE; an operation that fails is a line like any other. */
int replay_script(FILE *script, const char *script_name, const char *dir, struct text *out,
	int (*flush)(struct text *));

#endif
