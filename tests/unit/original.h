/* SPDX-License-Identifier: BSD-2-Clause */
/* A second reader of the original format, by the original's rules alone: it does not know extensions,
 * and shares no code with the library. */
#ifndef TESTS_ORIGINAL_H
#define TESTS_ORIGINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The model's bytes in a file that is in memory. false: the original would refuse the file, or does not
 * find the model. */
bool original_get(const char *file, size_t size, const char *name, const char **data, size_t *data_size);

/* The number of models listed, all of which can be read; -1: the file is refused, or one cannot be read. */
int original_count(const char *file, size_t size);

#endif
