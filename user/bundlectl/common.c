/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/report.h"
#include "bundlectl.h"

int report_bundle(const char *path, int err)
{
	report("%s: %s: %s", printable(path), pb_strerror(err), printable(pb_error_detail()));
	return EXIT_FAILURE;
}

int print_text(struct text *t)
{
	int status = EXIT_SUCCESS;
	if (t->failed) {
		report("out of memory");
		status = EXIT_FAILURE;
	} else if (fwrite(t->data, 1, t->len, stdout) != t->len || fflush(stdout) != 0) {
		report("stdout: %s", strerror(errno));
		status = EXIT_FAILURE;
	}
	text_free(t);
	return status;
}
