/* SPDX-License-Identifier: BSD-2-Clause */
#include "process_list.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void process_list_each(void (*each)(void *ctx, pid_t pid), void *ctx)
{
	DIR *processes = opendir("/proc");
	for (const struct dirent *entry; processes && (entry = readdir(processes));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? (pid_t)atoi(entry->d_name) : 0;
		if (pid > 0)
			each(ctx, pid);
	}
	if (processes)
		closedir(processes);
}

pid_t process_parent(pid_t pid)
{
	char path[32], line[512];
	int parent = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	/* 12 (a name) S 1 ...: a name may hold anything */
	const char *end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}
