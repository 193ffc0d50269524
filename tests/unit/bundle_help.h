/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of libpagedbundle and bundlectl share. Tests run from the top of the tree, or say where it
 * is in BUNDLETRACE_SOURCE; programs are in BUNDLETRACE_BUILD (build). */
#ifndef TESTS_BUNDLE_HELP_H
#define TESTS_BUNDLE_HELP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bundle/pagedbundle.h"
#include "tests/sanitized.h"

/* Paths: a static buffer each, sixty-four in turn. */
const char *source_path(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *fixture(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *program(const char *name);
/* In a folder of this test, made at the first call and removed with all in it by scratch_remove. */
const char *scratch_file(const char *format, ...) __attribute__((format(printf, 1, 2)));
void scratch_remove(void);

/* A whole file, closed by a zero byte, to be freed; *size may be NULL. Fails the test if it cannot be read. */
char *slurp(const char *path, size_t *size);
void spill(const char *path, const void *data, size_t size);
bool same_file(const char *a, const char *b);

/* Parsed; fails the test if it is not JSON. */
cJSON *json_file(const char *path);
const char *json_text(const cJSON *object, const char *field);
uint64_t json_number(const cJSON *object, const char *field);

/* A bundle at scratch path `name` of `count` models m0, m1... of `size` bytes, filled with their number. */
const char *make_bundle(const char *name, unsigned int count, size_t size);

struct pb_paged *open_paged(const char *path, uint64_t limit, bool prefetch, enum pb_policy policy);
struct pb_stats stats_of(const struct pb_paged *paged);
void get_and_release(struct pb_paged *paged, const char *name);

/* Runs a program of the build; its stdout and stderr together, to be freed; *status as exit() had it, or -1. */
char *run_built(int *status, const char *name, ...) __attribute__((sentinel));

/* Runs a program's entry point in this process, where a thousand runs cost no process each. Arguments as for main(), up
 * to NULL; a command line that is refused exits. Returns what it printed on stdout and stderr, in a static buffer. */
char *run_here(int *status, int (*command)(int argc, char **argv), ...) __attribute__((sentinel));

/* Runs it, wants this exit status and this text somewhere in what it prints. */
void want_text(const char *got, int status, int want_status, const char *text);
#define WANT(want_status, text, ...)                                                                         \
	do {                                                                                                 \
		int status_;                                                                                 \
		char *got_ = run_built(&status_, __VA_ARGS__, (char *)NULL);                                 \
		want_text(got_, status_, want_status, text);                                                 \
		free(got_);                                                                                  \
	} while (0)

#endif
