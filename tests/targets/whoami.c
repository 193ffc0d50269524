/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints its real, effective and saved ids, whether it is in group 0, HOME, USER and SUDO_UID. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *env(const char *name)
{
	return getenv(name) ? getenv(name) : "-";
}

int main(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, groups[64];
	if (getresuid(&ruid, &euid, &suid) || getresgid(&rgid, &egid, &sgid))
		return 1;
	printf("uid %u %u %u gid %u %u %u", ruid, euid, suid, rgid, egid, sgid);
	for (int i = 0, count = getgroups(64, groups); i < count; i++)
		if (groups[i] == 0)
			printf(" in group 0");
	printf("\nhome %s user %s sudo %s\n", env("HOME"), env("USER"), env("SUDO_UID"));
	return 0;
}
