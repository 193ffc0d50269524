/* SPDX-License-Identifier: BSD-2-Clause */
#include "usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/report.h"

void usage_error(const char *option, const char *arg, const char *expected)
{
	report("%s: %s: not %s (see --help)", option, printable(arg), expected);
	exit(EXIT_USAGE);
}

void usage_problem(const char *option, const char *arg, const struct text *problem)
{
	report("%s %s: %.*s (see --help)", option, printable(arg), (int)problem->len,
		problem->data ? problem->data : "");
	exit(EXIT_USAGE);
}

void usage_conflict(const char *problem)
{
	report("%s (see --help)", problem);
	exit(EXIT_USAGE);
}

void usage_no_memory(void)
{
	report("%s", strerror(ENOMEM));
	exit(EXIT_FAILURE);
}
