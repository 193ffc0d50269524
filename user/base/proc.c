/* SPDX-License-Identifier: BSD-2-Clause */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "numbers.h"

static int open_file(pid_t pid, const char *name)
{
	char path[64];
	int len = pid ? snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name)
		      : snprintf(path, sizeof(path), "/proc/self/%s", name);
	if ((size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size)
{
	int fd = open_file(pid, name);
	if (fd < 0)
		return fd;
	size_t len = 0;
	ssize_t got;
	do {
		got = read(fd, text + len, size - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	int err = got < 0 ? -errno : 0;
	close(fd);
	text[len] = '\0';
	return err ? err : (ssize_t)len;
}

bool proc_fdinfo(pid_t pid, int fd, const char *key, uint64_t *value)
{
	char name[32], text[1024];
	size_t len = strlen(key);
	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (proc_read(pid, name, text, sizeof(text)) < 0)
		return false;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':') {
			line += len + 1;
			return number_start(line + strspn(line, " \t"), value) != NULL;
		}
	}
	return false;
}

pid_t proc_parent(pid_t pid)
{
	char text[512];
	uint64_t parent;
	/* 12 (a name) S 1 ...: a name may hold anything, a parenthesis too */
	const char *end = proc_read(pid, "stat", text, sizeof(text)) > 0 ? strrchr(text, ')') : NULL;
	if (!end || strlen(end) < sizeof(") S 1") - 1 || !number_start(end + sizeof(") S ") - 1, &parent))
		return 0;
	return (pid_t)parent;
}

bool proc_is_gone(pid_t pid)
{
	return kill(pid, 0) && errno == ESRCH;
}

pid_t proc_pid(const char *name)
{
	uint64_t pid;
	return number_whole(name, &pid) && pid <= INT_MAX ? (pid_t)pid : 0;
}

/* Calls `each` for every entry of a folder that is a number until it returns false. */
static void each_number(const char *folder, bool (*each)(void *ctx, pid_t number), void *ctx)
{
	DIR *numbers = opendir(folder);
	bool more = true;
	for (const struct dirent *entry; numbers && more && (entry = readdir(numbers));) {
		pid_t number = proc_pid(entry->d_name);
		if (number)
			more = each(ctx, number);
	}
	if (numbers)
		closedir(numbers);
}

void proc_each_thread(pid_t pid, bool (*each)(void *ctx, pid_t tid), void *ctx)
{
	char folder[32];
	snprintf(folder, sizeof(folder), "/proc/%d/task", (int)pid);
	each_number(folder, each, ctx);
}

/* The list of mappings of a task that has ended is empty. */
static bool has_memory(pid_t tid)
{
	char text[2];
	return proc_read(tid, "maps", text, sizeof(text)) > 0;
}

static bool find_living(void *ctx, pid_t tid)
{
	pid_t *living = ctx;
	if (!has_memory(tid))
		return true;
	*living = tid;
	return false;
}

pid_t proc_living_thread(pid_t pid)
{
	pid_t living = pid;
	if (!has_memory(pid))
		proc_each_thread(pid, find_living, &living);
	return living;
}

struct visit {
	void (*each)(void *ctx, pid_t pid);
	void *ctx;
};

static bool visit_process(void *ctx, pid_t pid)
{
	const struct visit *visit = ctx;
	visit->each(visit->ctx, pid);
	return true;
}

void proc_each(void (*each)(void *ctx, pid_t pid), void *ctx)
{
	each_number("/proc", visit_process, &(struct visit){ each, ctx });
}
