/* SPDX-License-Identifier: BSD-2-Clause */
/* Started through sudo, the command runs as the user who called sudo, not as root. */
#ifndef USER_BASE_SUDO_USER_H
#define USER_BASE_SUDO_USER_H

/* To be called in a child: takes on the ids, groups and environment of the user who called sudo, for good.
 * Does nothing without sudo. 0 or -errno. */
int sudo_user_become(void);

#endif
