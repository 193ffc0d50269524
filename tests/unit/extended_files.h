/* SPDX-License-Identifier: BSD-2-Clause */
/* Bundles with an extension, for the tests of their readers. */
#ifndef TESTS_EXTENDED_FILES_H
#define TESTS_EXTENDED_FILES_H

#include "bundle_help.h"

/* Models "one" (of `size` bytes that shrink by half), "empty", "two" (100 bytes), "again" (a twin of "one");
 * metadata version=1.0, architecture=test, hyperparameters.layers=2; components "all", "some" (empty, two),
 * "none". */
enum extended_kind { EXTENDED_PLAIN, EXTENDED_COMPRESSED };
const char *make_extended(const char *name, enum extended_kind kind, size_t size);
void fill_one(char *data, size_t size);

/* Recomputes the checksum after a change to the file's first bytes, so that a reader can only detect the
 * change itself. */
void seal(char *file);

uint64_t xxh3_of(const char *data, size_t size);

/* The manifest's end, as an offset in the file. */
size_t data_offset_of(const char *file);

#endif
