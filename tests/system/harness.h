/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs programs for the tests of the whole system: each in a process group of its own, within a time
 * limit, with its output kept. Nothing outlives its test: harness_end(), a teardown of every case, kills
 * what still runs. A step that fails fails the test.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/sanitized.h"

struct run_spec {
	const char *const *argv; /* argv[0] is searched for in PATH */
	const char *const *env;  /* NAME=VALUE to add, NULL at the end; or NULL */
	const char *input;       /* contents of standard input; NULL: empty */
	bool keys;               /* run_type() feeds standard input instead */
	bool terminal;           /* which is also the run's controlling terminal */
	int seconds;             /* time limit; 0: 50. CK_TIMEOUT_MULTIPLIER extends it, as Check's own */
};

struct run {
	pid_t pid; /* sent to the process group too */
	int status;
	long max_rss_kb;
	char *out, *err; /* terminated by a zero byte */
	size_t out_len, err_len;
};

struct run *run_start(const struct run_spec *spec);

/* Waits until standard output or standard error holds the text. */
void run_await(struct run *run, const char *text);
void run_type(struct run *run, const char *text);

/* What the run has written to its controlling terminal (/dev/tty) since the last call; owned by the
 * harness. */
const char *run_terminal(struct run *run);

/* Its standard output so far. */
const char *run_said(struct run *run);

/* Waits for the end, after which the output is complete. Fails at the limit. */
void run_wait(struct run *run);

/* Start and wait. */
struct run *run_program(const char *const argv[]);
#define RUN(...) run_program((const char *const[]){ __VA_ARGS__, NULL })

/* 128 + signal if a signal ended it. */
int run_code(const struct run *run);

/* Fails, and prints all output of the program, unless it ended with this code. */
void code_is(const struct run *run, int code);

/* For unshare --propagation: keeps mounts of a new namespace from other namespaces. In a chroot it
 * cannot make them private; where nothing is shared it need not. */
const char *run_propagation(void);

void harness_end(void);

/* Mounts tracefs where it is not; the mount may stay. Fails if it cannot be had. */
void need_tracefs(void);

/* An unchecked teardown, in the runner: removes files that failed tests left in /tmp. */
void harness_clean(void);

/* A program of this build: "bundletrace", "tests/targets/storm". A path in the test's own folder, which
 * all users may enter, and which harness_end() removes. The strings are valid until then. */
const char *built(const char *name);
const char *scratch(const char *name);

/* Tests with random choices run seeds from this one on: BUNDLETRACE_FIRST_SEED, or 1. */
int harness_first_seed(void);

/* The text of a file, freed by harness_end(). */
char *file_text(const char *path, size_t *len);
void write_file(const char *path, const char *text, mode_t mode);

#endif
