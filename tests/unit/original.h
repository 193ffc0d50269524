/* SPDX-License-Identifier: BSD-2-Clause */
/* A second reader of the original format, by the original's rules alone: it knows nothing of extensions, and
 * shares nothing with the library. */
#ifndef TESTS_ORIGINAL_H
#define TESTS_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The model's bytes in a file that is in memory. false: the original would refuse the file, or knows no such
 * model. */
bool original_get(const char *file, size_t size, const char *name, const char **data, size_t *data_size);

/* How many models it lists, each of which it can hand out; -1: it refuses the file, or cannot. */
int original_count(const char *file, size_t size);

#endif
