/* SPDX-License-Identifier: BSD-2-Clause */
/* The maps that come with the programs: in ../share/bundletrace/probes beside the program's folder, or in ../probes, where it
 * was built. */
#ifndef USER_PROBEMAP_BUNDLED_H
#define USER_PROBEMAP_BUNDLED_H

#include "user/base/text.h"

/* True for a bare word, such as llama.cpp: neither a path nor a name that ends in .json. */
bool bundled_is_word(const char *word);

/* The path of that map, to be freed; NULL: there is none, and *names gets those that there are, separated by commas. */
char *bundled_find(const char *word, struct text *names);

#endif
