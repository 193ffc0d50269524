/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs all suites. CK_RUN_SUITE=name runs one, CK_FORK=no makes a debugger's life easier. */
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	/* Under sudo bundletrace would run each command as the user who called it: only the test of that
	 * wants it. */
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	SRunner *runner = srunner_create(NULL);
#define ADD(name) srunner_add_suite(runner, name##_suite());
	SUITES(ADD)
#undef ADD
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
	srunner_free(runner);
	/* Nothing run is nothing proved. */
	return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
