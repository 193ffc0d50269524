/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the tests of libpagedbundle and bundlectl. Tests run from the top of the tree, or
 * BUNDLETRACE_SOURCE names it; programs are in BUNDLETRACE_BUILD (default: build). */
#ifndef TESTS_BUNDLE_HELP_H
#define TESTS_BUNDLE_HELP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bundle/pagedbundle.h"
#include "tests/sanitized.h"

/* Paths, in static buffers: a path is valid until 64 more calls. */
const char *source_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *fixture(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *program(const char *name);
/* A path in a folder of this test, which the first call creates and scratch_remove deletes with its
 * contents. */
const char *scratch_file(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scratch_remove(void);

/* A whole file, terminated by a zero byte; the caller frees it. *size may be NULL. Fails the test if it
 * cannot be read. */
char *slurp(const char *path, size_t *size);
void spill(const char *path, const void *data, size_t size);
bool same_file(const char *a, const char *b);

/* Parses JSON; fails the test if it is invalid. */
cJSON *json_file(const char *path);
const char *json_text(const cJSON *object, const char *field);
uint64_t json_number(const cJSON *object, const char *field);

/* Creates a bundle at scratch path `name` of `count` models m0, m1... of `size` bytes, filled with their
 * number. */
const char *make_bundle(const char *name, unsigned int count, size_t size);

struct pb_paged *open_paged(const char *path, uint64_t limit, bool prefetch, enum pb_policy policy);
struct pb_stats stats_of(const struct pb_paged *paged);
void get_and_release(struct pb_paged *paged, const char *name);

/* Runs a program of the build and returns its stdout and stderr together, which the caller frees;
 * *status is the exit status, or -1. */
char *run_built(int *status, const char *name, ...) __attribute__((sentinel));

/* Runs a shell script in the scratch folder, with the path of bundlectl as $B; returns its output as run_built()
 * does. */
char *run_shell(int *status, const char *script);
#define SHELL(want_status, text, script)                                                                     \
	do {                                                                                                 \
		int status_;                                                                                 \
		char *got_ = run_shell(&status_, script);                                                    \
		want_text(got_, status_, want_status, text);                                                 \
		free(got_);                                                                                  \
	} while (0)

/* Runs a program's entry point in this process, so that a thousand runs do not need a thousand
 * processes. Arguments as for main(), up to NULL; a refused command line exits. Returns the text printed
 * on stdout and stderr, in a static buffer. */
char *run_here(int *status, int (*command)(int argc, char **argv), ...) __attribute__((sentinel));

/* Runs it and requires this exit status and this text somewhere in its output. */
void want_text(const char *got, int status, int want_status, const char *text);
#define WANT(want_status, text, ...)                                                                         \
	do {                                                                                                 \
		int status_;                                                                                 \
		char *got_ = run_built(&status_, __VA_ARGS__, (char *)NULL);                                 \
		want_text(got_, status_, want_status, text);                                                 \
		free(got_);                                                                                  \
	} while (0)

#endif
