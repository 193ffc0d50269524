/* SPDX-License-Identifier: BSD-2-Clause */
/* Who started the tracer: through sudo, the command runs as the user who called sudo, not as root. */
#ifndef USER_BUNDLETRACE_SUDO_USER_H
#define USER_BUNDLETRACE_SUDO_USER_H

/* In a child: becomes the invoking user for good, environment too; nothing where there is no other. 0 or
 * -errno. */
int sudo_user_become(void);

#endif
