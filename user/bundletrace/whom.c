/* SPDX-License-Identifier: BSD-2-Clause */
#include "whom.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "user/base/numbers.h"
#include "user/kernel/cgroup.h"

bool whom_comm(struct whom *whom, const char *name, struct text *problem)
{
	if (!*name) {
		text_str(problem, "no name");
		return false;
	}
	/* the kernel cuts the names of processes too */
	memset(whom->comm, 0, sizeof(whom->comm));
	memcpy(whom->comm, name, strnlen(name, sizeof(whom->comm) - 1));
	whom->by |= WHOM_COMM;
	return true;
}

static bool parse_uid(const char *text, __u32 *uid)
{
	uint64_t value;
	if (!number_whole(text, &value) || value >= UINT32_MAX)
		return false;
	*uid = (__u32)value;
	return true;
}

bool whom_user(struct whom *whom, const char *user, struct text *problem)
{
	const struct passwd *entry = getpwnam(user);
	if (!entry && !parse_uid(user, &whom->uid)) {
		text_str(problem, "no such user (a name as getent passwd has it, or a number)");
		return false;
	}
	if (entry)
		whom->uid = entry->pw_uid;
	whom->by |= WHOM_UID;
	return true;
}

bool whom_cgroup(struct whom *whom, const char *path, struct text *problem)
{
	struct cgroup cgroup = { 0 };
	bool found = *path && cgroup_find(path, &cgroup);
	free(cgroup.folder);
	if (found && cgroup.hierarchy != CGROUP_HIERARCHY_UNKNOWN) {
		whom->cgroup = cgroup.id;
		whom->hierarchy = cgroup.hierarchy;
		whom->by |= WHOM_CGROUP;
		return true;
	}
	char *example = *path ? cgroup_mount() : NULL;
	text_printf(problem,
		"no such control group (a folder below %s; /proc/PID/cgroup tells that of a process)",
		example ? example : "a mount of cgroup2 or cgroup: there is none");
	free(example);
	return false;
}
