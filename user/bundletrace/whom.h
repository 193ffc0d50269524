/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user says of the processes to be traced, as the kernel side has it. */
#ifndef USER_BUNDLETRACE_WHOM_H
#define USER_BUNDLETRACE_WHOM_H

#include <stdbool.h>

#include "bpf/events.h"
#include "user/base/text.h"

/* Each adds to what they have in common. False: `problem` says what is wrong with the word. */
bool whom_comm(struct whom *whom, const char *name, struct text *problem);
bool whom_user(struct whom *whom, const char *user, struct text *problem);
bool whom_cgroup(struct whom *whom, const char *path, struct text *problem);

#endif
