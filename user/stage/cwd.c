/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* uthash would exit */
#include "cwd.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <uthash.h>

#define PROCESSES_MAX 4096 /* above it the one that was added first is dropped */

struct process_cwd {
	uint32_t pid;
	char *path;
	UT_hash_handle hh;
};

struct cwd {
	struct cwd_options options;
	char *here; /* of options, until the first event */
	struct process_cwd *processes;
	char asked[PATH_MAX]; /* the last answer of /proc */
};

struct cwd *cwd_new(const struct cwd_options *options)
{
	struct cwd *cwd = calloc(1, sizeof(*cwd));
	if (!cwd)
		return NULL;
	cwd->options = *options;
	cwd->here = options->here ? strdup(options->here) : NULL;
	return cwd;
}

static struct process_cwd *find(const struct cwd *cwd, uint32_t pid)
{
	struct process_cwd *process;
	HASH_FIND(hh, cwd->processes, &pid, sizeof(pid), process);
	return process;
}

static void forget(struct cwd *cwd, struct process_cwd *process)
{
	if (!process)
		return;
	HASH_DEL(cwd->processes, process);
	free(process->path);
	free(process);
}

void cwd_free(struct cwd *cwd)
{
	if (!cwd)
		return;
	while (cwd->processes)
		forget(cwd, cwd->processes);
	free(cwd->here);
	free(cwd);
}

/* Takes over the path; NULL: it is not known any more. */
static void set(struct cwd *cwd, uint32_t pid, char *path)
{
	forget(cwd, find(cwd, pid));
	if (HASH_COUNT(cwd->processes) >= PROCESSES_MAX)
		forget(cwd, cwd->processes);
	struct process_cwd *process = path ? calloc(1, sizeof(*process)) : NULL;
	if (!process) {
		free(path);
		return;
	}
	process->pid = pid;
	process->path = path;
	HASH_ADD(hh, cwd->processes, pid, sizeof(process->pid), process);
	if (process->hh.tbl)
		return;
	free(process->path);
	free(process);
}

static const char *ask(struct cwd *cwd, uint32_t pid)
{
	char link[32];
	snprintf(link, sizeof(link), "/proc/%u/cwd", pid);
	ssize_t len = cwd->options.live ? readlink(link, cwd->asked, sizeof(cwd->asked) - 1) : -1;
	if (len <= 0)
		return NULL;
	cwd->asked[len] = '\0';
	return cwd->asked;
}

const char *cwd_of(struct cwd *cwd, uint32_t pid)
{
	struct process_cwd *process = find(cwd, pid);
	return process ? process->path : ask(cwd, pid);
}

/* Removes "//", "." and ".." in place. */
static void simplify(char *path)
{
	char *to = path;
	for (const char *at = path; *at;) {
		at += strspn(at, "/");
		size_t len = strcspn(at, "/");
		if (len == 2 && at[0] == '.' && at[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (len && !(len == 1 && at[0] == '.')) {
			*to++ = '/';
			memmove(to, at, len);
			to += len;
		}
		at += len;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
}

char *cwd_join(const char *folder, const char *path, size_t len)
{
	char *joined;
	if (asprintf(&joined, "%s/%.*s", len && path[0] == '/' ? "" : folder, (int)len, path) < 0)
		return NULL;
	simplify(joined);
	return joined;
}

/* After a chdir or fchdir that succeeded. */
static void moved(struct cwd *cwd, const struct event *ev)
{
	const struct call_event *call = &ev->call;
	struct span to = call->nr == SYS_chdir ? call->path[0] : call->file.path;
	bool absolute = to.len && to.data[0] == '/';
	const char *from = absolute ? "" : cwd_of(cwd, ev->pid);
	set(cwd, ev->pid, to.len && from ? cwd_join(from, to.data, to.len) : NULL);
}

static void forked(struct cwd *cwd, const struct event *ev)
{
	uint32_t child = ev->process.child_pid;
	struct process_cwd *parent = find(cwd, ev->pid);
	if (child != ev->pid && parent)
		set(cwd, child, strdup(parent->path));
}

void cwd_event(struct cwd *cwd, const struct event *ev)
{
	if (!cwd->options.follow)
		return;
	if (cwd->here)
		set(cwd, ev->pid, cwd->here);
	cwd->here = NULL;
	if (ev->kind == EVENT_SYSCALL && (ev->call.nr == SYS_chdir || ev->call.nr == SYS_fchdir) &&
		ev->call.result == 0)
		moved(cwd, ev);
	else if (ev->kind == EVENT_FORK)
		forked(cwd, ev);
	else if (ev->kind == EVENT_EXIT && ev->pid == ev->tid)
		forget(cwd, find(cwd, ev->pid));
}
