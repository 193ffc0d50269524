/* SPDX-License-Identifier: BSD-2-Clause */
#include "sudo_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "numbers.h"

/* A user or group id from the environment; -1: none. */
static long env_id(const char *name)
{
	const char *text = getenv(name);
	uint64_t id;
	return text && number_whole(text, &id) && id < UINT32_MAX ? (long)id : -1;
}

int sudo_user_become(void)
{
	long uid = env_id("SUDO_UID"), gid = env_id("SUDO_GID");
	if (geteuid() != 0 || uid < 0 || gid < 0)
		return 0;
	const struct passwd *user = getpwuid((uid_t)uid);
	if (user ? initgroups(user->pw_name, (gid_t)gid) : setgroups(1, &(gid_t){ (gid_t)gid }))
		return -errno;
	if (setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) || setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid))
		return -errno;
	if (user) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	unsetenv("SUDO_UID");
	unsetenv("SUDO_GID");
	unsetenv("SUDO_USER");
	unsetenv("SUDO_COMMAND");
	return 0;
}
