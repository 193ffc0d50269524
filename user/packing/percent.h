/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding of model names: in access scripts, in --component and as file names. */
#ifndef USER_PACKING_PERCENT_H
#define USER_PACKING_PERCENT_H

#include <stdbool.h>

#include "user/base/text.h"

/* Decodes %XX in place. false: a malformed escape, or %00; the text is then partly decoded. */
bool percent_decode(char *s);

/* Adds a file name that cannot leave its folder and is unique per model name: '/', '%', control characters and a
 * leading dot are encoded; the empty name is "%". */
void percent_file_name(struct text *t, const char *name, size_t len);

/* Adds a path in a folder that is unique per model name: each part between slashes is made a file name. False, and adds
 * nothing: it would be no path, as a part is empty or leads elsewhere (. and ..); percent_file_name() then serves. */
bool percent_path(struct text *t, const char *name, size_t len);

#endif
