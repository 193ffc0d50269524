/* SPDX-License-Identifier: BSD-2-Clause */
#include "readers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bpf/events.h"
#include "user/base/process_list.h"
#include "unix_peer.h"

#define PTMX_MAJOR 5
#define PTMX_MINOR 2
#define PTS_MAJOR  136

/* Where something is written to: a pipe, FIFO or file, the other end of a socket, or a pseudo-terminal by its
 * number. */
struct end {
	dev_t dev;
	ino_t ino;
	int terminal;   /* -1: it is none */
	unsigned flags; /* of who writes there */
};

struct search {
	struct sinks *sinks;
	struct end *ends;
	unsigned count;
	int err;
};

static void add_end(struct search *search, struct end end)
{
	struct end *ends = reallocarray(search->ends, search->count + 1, sizeof(*ends));
	if (!ends) {
		search->err = -ENOMEM;
		return;
	}
	search->ends = ends;
	ends[search->count++] = end;
}

static void add_sink(struct search *search, pid_t pid, unsigned flags)
{
	struct sinks *sinks = search->sinks;
	struct sink_process *list = reallocarray(sinks->list, sinks->count + 1, sizeof(*list));
	if (!list) {
		search->err = -ENOMEM;
		return;
	}
	sinks->list = list;
	list[sinks->count++] = (struct sink_process){ pid, flags };
}

/* The end that a file is. A terminal's is its number in st_rdev. */
static void add_file(struct search *search, const struct stat *st, unsigned flags)
{
	if (S_ISFIFO(st->st_mode) || S_ISREG(st->st_mode))
		add_end(search, (struct end){ st->st_dev, st->st_ino, -1, flags });
	else if (S_ISCHR(st->st_mode) && major(st->st_rdev) == PTS_MAJOR)
		add_end(search, (struct end){ .terminal = (int)minor(st->st_rdev), .flags = flags });
}

static void add_own(struct search *search, int fd, const char *path)
{
	struct stat st;
	unsigned device;
	if (path ? stat(path, &st) : fstat(fd, &st))
		return;
	if (S_ISSOCK(st.st_mode)) {
		ino_t peer = unix_peer(st.st_ino);
		if (peer)
			add_end(search, (struct end){ st.st_dev, peer, -1, TASK_SINK | TASK_SINK_CHILDREN });
		else
			search->sinks->unknown = true;
	}
	/* what /dev/tty stands for */
	if (!path && S_ISCHR(st.st_mode) && ioctl(fd, TIOCGDEV, &device) == 0)
		st.st_rdev = makedev(device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & 0xfff00));
	add_file(search, &st, TASK_SINK | TASK_SINK_CHILDREN);
}

/* ---- one descriptor of a process ---- */

struct descriptor {
	pid_t pid;
	int fd;
	struct stat st; /* of its file */
	mode_t access;  /* S_IRUSR, S_IWUSR: what it was opened for */
};

/* The number of the terminal that this controls; -1: none. */
static int terminal_shown(const struct descriptor *d)
{
	char name[64], line[64];
	int terminal = -1;
	if (!S_ISCHR(d->st.st_mode) || major(d->st.st_rdev) != PTMX_MAJOR ||
		minor(d->st.st_rdev) != PTMX_MINOR)
		return -1;
	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", (int)d->pid, d->fd);
	FILE *info = fopen(name, "re");
	while (info && terminal < 0 && fgets(line, sizeof(line), info))
		if (sscanf(line, "tty-index: %d", &terminal) != 1)
			terminal = -1;
	if (info)
		fclose(info);
	return terminal;
}

/* A file that is opened to be written too is that of another who prints to it. */
static bool is_reader(const struct descriptor *d)
{
	return d->access & S_IRUSR && !(S_ISREG(d->st.st_mode) && d->access & S_IWUSR);
}

/* The end that the descriptor takes what is written to; NULL: none of them. */
static const struct end *end_read(const struct search *search, const struct descriptor *d)
{
	int terminal = terminal_shown(d);
	for (unsigned i = 0; i < search->count; i++) {
		const struct end *end = &search->ends[i];
		if (terminal >= 0 ? end->terminal == terminal
				  : end->terminal < 0 && end->ino == d->st.st_ino &&
					    end->dev == d->st.st_dev && is_reader(d))
			return end;
	}
	return NULL;
}

typedef bool (*descriptor_fn)(struct search *search, const struct descriptor *d, unsigned flags);

/* True as soon as `each` is. */
static bool each_descriptor(struct search *search, pid_t pid, descriptor_fn each, unsigned flags)
{
	char name[32];
	bool found = false;
	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(name);
	for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
		struct stat link;
		struct descriptor d = { .pid = pid, .fd = atoi(entry->d_name) };
		if (!isdigit((unsigned char)entry->d_name[0]) ||
			fstatat(dirfd(dir), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) ||
			fstatat(dirfd(dir), entry->d_name, &d.st, 0))
			continue;
		d.access = link.st_mode;
		found = each(search, &d, flags);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* ---- all processes ---- */

static bool is_ancestor(pid_t pid)
{
	pid_t at = getppid();
	while (at > 1 && at != pid)
		at = process_parent(at);
	return at == pid;
}

/*
 * What a filter in a pipe starts is its own work. But a program that started the trace and reads it may start
 * what is to be traced too, and a terminal's emulator the shell in another window.
 */
static unsigned flags_of(pid_t pid, const struct end *end)
{
	return end->terminal >= 0 || is_ancestor(pid) ? TASK_SINK : end->flags;
}

static bool takes(struct search *search, const struct descriptor *d, unsigned flags)
{
	const struct end *end = end_read(search, d);
	(void)flags;
	if (!end)
		return false;
	add_sink(search, d->pid, flags_of(d->pid, end));
	return true;
}

/* Where a sink writes to. A program with many pipes need not write what it reads to all of them. */
static bool passes_on(struct search *search, const struct descriptor *d, unsigned flags)
{
	bool pipe = S_ISFIFO(d->st.st_mode) &&
		    (flags & TASK_SINK_CHILDREN || d->fd == STDOUT_FILENO || d->fd == STDERR_FILENO);
	if (d->access & S_IWUSR && (pipe || S_ISCHR(d->st.st_mode)))
		add_file(search, &d->st, flags);
	return false;
}

static void look_at(void *ctx, pid_t pid)
{
	struct search *search = ctx;
	if (!sinks_flags(search->sinks, pid))
		each_descriptor(search, pid, takes, 0);
}

/* Finds those who take what goes to the ends that are known. */
static void look_at_all(struct search *search)
{
	process_list_each(look_at, search);
}

int sinks_find(struct sinks *sinks, int fd, const char *path, bool errors)
{
	struct search search = { .sinks = sinks };
	*sinks = (struct sinks){ 0 };
	add_sink(&search, getpid(), TASK_SINK | TASK_SINK_CHILDREN);
	add_own(&search, fd, path);
	if (errors)
		add_own(&search, STDERR_FILENO, NULL);
	for (unsigned known = 1, ends = 0; ends < search.count && !search.err;) {
		ends = search.count;
		look_at_all(&search);
		for (; known < sinks->count && !search.err; known++)
			each_descriptor(&search, sinks->list[known].pid, passes_on, sinks->list[known].flags);
	}
	free(search.ends);
	return search.err;
}

void sinks_free(struct sinks *sinks)
{
	free(sinks->list);
	*sinks = (struct sinks){ 0 };
}

unsigned sinks_flags(const struct sinks *sinks, pid_t pid)
{
	for (unsigned i = 0; i < sinks->count; i++)
		if (sinks->list[i].pid == pid)
			return sinks->list[i].flags;
	return 0;
}
