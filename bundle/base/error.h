/* SPDX-License-Identifier: BSD-2-Clause */
/* How functions fail: `return fail(PB_ERR_FORMAT, "model %u: ...", i);` */
#ifndef BUNDLE_BASE_ERROR_H
#define BUNDLE_BASE_ERROR_H

#include "bundle/pagedbundle.h"

/* Stores the text for the calling thread's pb_error_detail() and returns `err`. Keeps errno. */
int fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The errno that the probe `error` reports for an error code; reads errno for PB_ERR_IO. */
int error_errno(int err);

#endif
