/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs all suites; `check unit` those that need no root, `check unit 1/2` every second one of them, so that two
 * processes share them. CK_RUN_SUITE=name runs one, CK_FORK=no helps a debugger.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

typedef Suite *(*make_suite)(void);

#define SUITE(name) name##_suite,
static const make_suite unit_suites[] = { UNIT_SUITES(SUITE) };
static const make_suite system_suites[] = { SYSTEM_SUITES(SUITE) };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

int main(int argc, char **argv)
{
	unsigned part = 1, parts = 1;
	bool unit = argc > 1 && strcmp(argv[1], "unit") == 0;
	if (argc > (unit ? 3 : 1) ||
		(argc == 3 && (sscanf(argv[2], "%u/%u", &part, &parts) != 2 || part < 1 || part > parts))) {
		fprintf(stderr, "usage: check [unit [PART/PARTS]]\n");
		return 2;
	}
	/* Under sudo bundletrace would run each command as the user who called it: only the test of that
	 * wants it. */
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	SRunner *runner = srunner_create(NULL);
	for (size_t i = part - 1; i < COUNT(unit_suites); i += parts)
		srunner_add_suite(runner, unit_suites[i]());
	for (size_t i = 0; !unit && i < COUNT(system_suites); i++)
		srunner_add_suite(runner, system_suites[i]());
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
	srunner_free(runner);
	/* Nothing run is nothing proved. */
	return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
