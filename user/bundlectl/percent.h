/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding of model names: in replay scripts, and as the names of files. */
#ifndef USER_BUNDLECTL_PERCENT_H
#define USER_BUNDLECTL_PERCENT_H

#include <stdbool.h>

#include "user/base/text.h"

/* Decodes in place. false: not %XX, or a zero byte would come out. */
bool percent_decode(char *s);

/* A file name that stays in its folder, one for each model name: '/', '%', control characters and a leading
 * dot are encoded; the empty name is "%". */
void percent_file_name(struct text *t, const char *name, size_t len);

#endif
