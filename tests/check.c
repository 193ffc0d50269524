/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs all suites; `check unit` those that need no root. CK_RUN_SUITE=name runs one, CK_FORK=no helps a debugger. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

int main(int argc, char **argv)
{
	bool unit = argc > 1 && strcmp(argv[1], "unit") == 0;
	/* Under sudo bundletrace would run each command as the user who called it: only the test of that
	 * wants it. */
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	SRunner *runner = srunner_create(NULL);
#define ADD(name) srunner_add_suite(runner, name##_suite());
	UNIT_SUITES(ADD)
	if (!unit) {
		SYSTEM_SUITES(ADD)
	}
#undef ADD
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
	srunner_free(runner);
	/* Nothing run is nothing proved. */
	return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
