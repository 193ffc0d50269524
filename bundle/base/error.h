/* SPDX-License-Identifier: BSD-2-Clause */
/* How a failure is told: `return fail(PB_ERR_FORMAT, "model %u: ...", i);` */
#ifndef BUNDLE_BASE_ERROR_H
#define BUNDLE_BASE_ERROR_H

#include "bundle/pagedbundle.h"

/* Notes the detail for pb_error_detail() and returns `err`. Keeps errno. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The errno that the probe `error` reports for an error code. */
int error_errno(int err);

#endif
