/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `check` runs all suites, `check unit` those that need no root. Two processes share the suites that do not disturb each other,
 * each taking the next one when it is done with the last; the others run alone after them. CK_RUN_SUITE=name runs one suite,
 * CK_FORK=no helps a debugger.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suites.h"

typedef Suite *(*make_suite)(void);

#define SUITE(name) name##_suite,
static const make_suite unit_suites[] = { UNIT_SUITES(SUITE) };
static const make_suite sharing_suites[] = { SHARING_SUITES(SUITE) };
static const make_suite lonely_suites[] = { LONELY_SUITES(SUITE) };
static const make_suite all_suites[] = { SUITES(SUITE) }; /* the unit suites first */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct totals {
	int run, failures, errors;
};

/* Suites that two processes share, in memory that both have. */
struct share {
	const make_suite *suites;
	unsigned count, next; /* `next` is taken by whoever has nothing to do */
	struct totals other;  /* the results of the second process */
};

/* Runs suites together, and adds their results to *totals. */
static void run_suites(const make_suite *suites, size_t count, struct totals *totals)
{
	SRunner *runner = srunner_create(NULL);
	for (size_t i = 0; i < count; i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	TestResult **results = srunner_results(runner);
	int run = srunner_ntests_run(runner);
	for (int i = 0; i < run; i++) {
		totals->failures += tr_rtype(results[i]) == CK_FAILURE;
		totals->errors += tr_rtype(results[i]) == CK_ERROR;
	}
	totals->run += run;
	free(results);
	srunner_free(runner);
	fflush(stdout);
}

static void run_share(struct share *share, struct totals *totals)
{
	unsigned i;
	while ((i = __atomic_fetch_add(&share->next, 1, __ATOMIC_RELAXED)) < share->count)
		run_suites(share->suites + i, 1, totals);
}

/* The second process, whose output waits in `log`. Returns its pid, -1 if there is none. */
static pid_t start_other(struct share *share, FILE *log)
{
	fflush(NULL);
	pid_t child = fork();
	if (child != 0)
		return child;
	dup2(fileno(log), STDOUT_FILENO);
	dup2(fileno(log), STDERR_FILENO);
	run_share(share, &share->other);
	_exit(EXIT_SUCCESS);
}

static void copy_out(FILE *log)
{
	char line[4096];
	rewind(log);
	while (fgets(line, sizeof(line), log))
		fputs(line, stdout);
	fflush(stdout);
}

/* Runs suites in two processes. That the second one died counts as an error. */
static void run_shared(const make_suite *suites, size_t count, struct totals *totals)
{
	int status = -1;
	FILE *log = tmpfile();
	struct share *share =
		mmap(NULL, sizeof(*share), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = -1;
	if (log && share != MAP_FAILED) {
		*share = (struct share){ .suites = suites, .count = (unsigned)count };
		child = start_other(share, log);
	}
	if (child < 0) {
		perror("check");
		exit(EXIT_FAILURE);
	}
	run_share(share, totals);
	if (waitpid(child, &status, 0) != child || status != 0) {
		fprintf(stderr, "check: the process that shares the suites ended early\n");
		share->other.errors++;
	}
	copy_out(log);
	fclose(log);
	totals->run += share->other.run;
	totals->failures += share->other.failures;
	totals->errors += share->other.errors;
	munmap(share, sizeof(*share));
}

int main(int argc, char **argv)
{
	bool unit = argc == 2 && strcmp(argv[1], "unit") == 0;
	if (argc > 1 && !unit) {
		fprintf(stderr, "usage: check [unit]\n");
		return 2;
	}
	/* Under sudo bundletrace would run each command as the user who called it: only the test of that
	 * wants it. */
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	struct totals totals = { 0 };
	if (getenv("CK_RUN_SUITE")) { /* in this process, so that a debugger has it */
		run_suites(all_suites, unit ? COUNT(unit_suites) : COUNT(all_suites), &totals);
	} else {
		run_shared(unit_suites, COUNT(unit_suites), &totals);
		if (!unit)
			run_shared(sharing_suites, COUNT(sharing_suites), &totals);
		for (size_t i = 0; !unit && i < COUNT(lonely_suites); i++)
			run_suites(lonely_suites + i, 1, &totals);
		int passed = totals.run - totals.failures - totals.errors;
		printf("All suites together:\n%d%%: Checks: %d, Failures: %d, Errors: %d\n",
			totals.run > 0 ? passed * 100 / totals.run : 0, totals.run, totals.failures,
			totals.errors);
	}
	/* Nothing run is nothing proved. */
	return totals.failures + totals.errors == 0 && totals.run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
