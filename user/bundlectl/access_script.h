/* SPDX-License-Identifier: BSD-2-Clause */
/* Access scripts: one cache operation per line; each prints one line of JSON. docs/man/bundlectl.1 describes both. */
#ifndef USER_BUNDLECTL_ACCESS_SCRIPT_H
#define USER_BUNDLECTL_ACCESS_SCRIPT_H

#include <stdio.h>

#include "user/base/text.h"

/* Runs a script; `script_name` is for messages. Relative paths in the script start at folder `dir`. Adds each
 * operation's line to `out`, then calls `flush` (NULL: none), which may empty it and returns EXIT_SUCCESS to go on.
 * An operation that fails is a line like any other. Returns EXIT_SUCCESS; EXIT_FAILURE, reported, at the first line
 * that is malformed, on a read error and without memory; or what `flush` returned. */
int access_script_run(FILE *script, const char *script_name, const char *dir, struct text *out,
	int (*flush)(struct text *));

#endif
