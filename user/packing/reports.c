/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/pagedbundle.h"
#include "user/base/report.h"

int report_bundle(const char *path, int err)
{
	report("%s: %s: %s", printable(path), pb_strerror(err), printable(pb_error_detail()));
	return EXIT_FAILURE;
}

int report_errno(const char *path)
{
	const char *why = strerror(errno);
	report("%s: %s", printable(path), why);
	return EXIT_FAILURE;
}

int report_no_memory(void)
{
	report("out of memory");
	return EXIT_FAILURE;
}

int print_text(struct text *t)
{
	int status = EXIT_SUCCESS;
	if (t->failed)
		status = report_no_memory();
	else if (fwrite(t->data, 1, t->len, stdout) != t->len || fflush(stdout) != 0)
		status = report_errno("stdout");
	text_free(t);
	return status;
}
