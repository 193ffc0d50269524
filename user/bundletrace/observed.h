/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run observes of files, and why it does not observe the rest. */
#ifndef USER_BUNDLETRACE_OBSERVED_H
#define USER_BUNDLETRACE_OBSERVED_H

#include "user/event/file_facts.h"
#include "user/kernel/kernel.h"
#include "options.h"

/* What the kernel side lacks. */
void observed_by_kernel(const struct kernel *kernel, struct file_facts *facts);

/* Adds what the options leave out to what was given: by the kernel side, or by a recording (NULL: it does not say). */
void observed_facts(const struct options *options, const struct file_facts *given, struct file_facts *facts);

#endif
