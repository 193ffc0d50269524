/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `check` runs all suites, `check unit` those that need no root. Unit suites are shared by two processes; system suites, which
 * measure and count, run alone after them. CK_RUN_SUITE=name runs one suite, CK_FORK=no helps a debugger.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suites.h"

typedef Suite *(*make_suite)(void);

#define SUITE(name) name##_suite,
static const make_suite unit_suites[] = { UNIT_SUITES(SUITE) };
static const make_suite system_suites[] = { SYSTEM_SUITES(SUITE) };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct totals {
	int run, failures, errors;
};

/* Runs every `step`th suite from `first` on, and adds their results to *totals. */
static void run_suites(
	const make_suite *suites, size_t count, size_t first, size_t step, struct totals *totals)
{
	SRunner *runner = srunner_create(NULL);
	for (size_t i = first; i < count; i += step)
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

/* Half of the unit suites, in a process of its own, whose output waits in `log`. Returns its pid, -1 if there is none. */
static pid_t second_half(FILE *log, int to)
{
	fflush(NULL);
	pid_t child = fork();
	if (child != 0)
		return child;
	struct totals totals = { 0 };
	dup2(fileno(log), STDOUT_FILENO);
	dup2(fileno(log), STDERR_FILENO);
	run_suites(unit_suites, COUNT(unit_suites), 1, 2, &totals);
	_exit(write(to, &totals, sizeof(totals)) == sizeof(totals) ? 0 : 1);
}

static void copy_out(FILE *log)
{
	char line[4096];
	rewind(log);
	while (fgets(line, sizeof(line), log))
		fputs(line, stdout);
	fflush(stdout);
}

/* Runs the unit suites in two processes. A half that died counts as an error. */
static void run_unit_suites(struct totals *totals)
{
	struct totals half = { .errors = 1 };
	int ends[2];
	FILE *log = tmpfile();
	pid_t child = -1;
	if (log && pipe(ends) == 0)
		child = second_half(log, ends[1]);
	if (child < 0) {
		perror("check");
		exit(EXIT_FAILURE);
	}
	close(ends[1]);
	run_suites(unit_suites, COUNT(unit_suites), 0, 2, totals);
	if (read(ends[0], &half, sizeof(half)) != sizeof(half))
		fprintf(stderr, "check: the process with the other half of the suites ended early\n");
	close(ends[0]);
	waitpid(child, NULL, 0);
	copy_out(log);
	fclose(log);
	totals->run += half.run;
	totals->failures += half.failures;
	totals->errors += half.errors;
}

/* One suite, by CK_RUN_SUITE, is run here, so that a debugger has it. */
static void run_one_suite(bool unit, struct totals *totals)
{
	make_suite all[COUNT(unit_suites) + COUNT(system_suites)];
	memcpy(all, unit_suites, sizeof(unit_suites));
	memcpy(all + COUNT(unit_suites), system_suites, sizeof(system_suites));
	run_suites(all, unit ? COUNT(unit_suites) : COUNT(all), 0, 1, totals);
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
	if (getenv("CK_RUN_SUITE")) {
		run_one_suite(unit, &totals);
	} else {
		run_unit_suites(&totals);
		if (!unit)
			run_suites(system_suites, COUNT(system_suites), 0, 1, &totals);
		int passed = totals.run - totals.failures - totals.errors;
		printf("All suites together:\n%d%%: Checks: %d, Failures: %d, Errors: %d\n",
			totals.run > 0 ? passed * 100 / totals.run : 0, totals.run, totals.failures,
			totals.errors);
	}
	/* Nothing run is nothing proved. */
	return totals.failures + totals.errors == 0 && totals.run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
