/* SPDX-License-Identifier: BSD-2-Clause */
#include "readers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "user/base/numbers.h"
#include "user/base/proc.h"
#include "bpf/events.h"
#include "user/base/unix_peer.h"

#define PTMX_MAJOR 5
#define PTMX_MINOR 2
#define PTS_MAJOR  136

/* Something that is written to: a pipe, FIFO or file, the peer of a socket, or a pseudo-terminal, by its
 * number. */
struct end {
	dev_t dev;
	ino_t ino;
	int terminal;   /* -1: not a terminal */
	unsigned flags; /* of its writer, which its readers get */
};

struct search {
	struct readers *readers;
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

static void add_reader(struct search *search, pid_t pid, unsigned flags)
{
	struct readers *readers = search->readers;
	struct reader *list = reallocarray(readers->list, readers->count + 1, sizeof(*list));
	if (!list) {
		search->err = -ENOMEM;
		return;
	}
	readers->list = list;
	list[readers->count++] = (struct reader){ pid, flags };
}

/* Adds the end that a file is, if it is one. A terminal's number is in st_rdev. */
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
			add_end(search,
				(struct end){ st.st_dev, peer, -1, TASK_READER | TASK_READER_CHILDREN });
		else
			search->readers->unknown = true;
	}
	/* the terminal behind /dev/tty */
	if (!path && S_ISCHR(st.st_mode) && ioctl(fd, TIOCGDEV, &device) == 0)
		st.st_rdev = makedev(device >> 8 & 0xfff, (device & 0xff) | (device >> 12 & 0xfff00));
	add_file(search, &st, TASK_READER | TASK_READER_CHILDREN);
}

/* ---- one descriptor of a process ---- */

struct descriptor {
	pid_t pid;
	int fd;
	struct stat st; /* of its file */
	mode_t access;  /* S_IRUSR, S_IWUSR: what it was opened for */
};

/* The number of the terminal whose master the descriptor is; -1: it is no master. */
static int terminal_shown(const struct descriptor *d)
{
	uint64_t terminal;
	if (!S_ISCHR(d->st.st_mode) || major(d->st.st_rdev) != PTMX_MAJOR ||
		minor(d->st.st_rdev) != PTMX_MINOR)
		return -1;
	return proc_fdinfo(d->pid, d->fd, "tty-index", &terminal) ? (int)terminal : -1;
}

/* A regular file that is open for writing too belongs to another writer. */
static bool is_reader(const struct descriptor *d)
{
	return d->access & S_IRUSR && !(S_ISREG(d->st.st_mode) && d->access & S_IWUSR);
}

/* The end that the descriptor reads from; NULL: none of them. */
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

/* Calls `each` for the descriptors of a process until it returns true. Returns true if it did. */
static bool each_descriptor(struct search *search, pid_t pid, descriptor_fn each, unsigned flags)
{
	char name[32];
	bool found = false;
	snprintf(name, sizeof(name), "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(name);
	for (struct dirent *entry; dir && !found && (entry = readdir(dir));) {
		struct stat link;
		struct descriptor d = { .pid = pid };
		uint64_t fd;
		if (!number_whole(entry->d_name, &fd) ||
			fstatat(dirfd(dir), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) ||
			fstatat(dirfd(dir), entry->d_name, &d.st, 0))
			continue;
		d.fd = (int)fd;
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
		at = proc_parent(at);
	return at == pid;
}

/*
 * The children of a filter in a pipe work for it, and are readers too. But a program that started the trace
 * and reads it may start what is to be traced as well, and so may a terminal's emulator: the shell in another
 * window.
 */
static unsigned flags_of(pid_t pid, const struct end *end)
{
	return end->terminal >= 0 || is_ancestor(pid) ? TASK_READER : end->flags;
}

static bool takes(struct search *search, const struct descriptor *d, unsigned flags)
{
	const struct end *end = end_read(search, d);
	(void)flags;
	if (!end)
		return false;
	add_reader(search, d->pid, flags_of(d->pid, end));
	return true;
}

/* Adds the ends that a reader writes to: its pipes and terminals. One that is not known to be a filter may
 * have pipes for other purposes: only its standard output and error count. */
static bool passes_on(struct search *search, const struct descriptor *d, unsigned flags)
{
	bool pipe = S_ISFIFO(d->st.st_mode) &&
		    (flags & TASK_READER_CHILDREN || d->fd == STDOUT_FILENO || d->fd == STDERR_FILENO);
	if (d->access & S_IWUSR && (pipe || S_ISCHR(d->st.st_mode)))
		add_file(search, &d->st, flags);
	return false;
}

/* Adds a process to the readers if it reads from one of the ends known so far. */
static void add_if_reader(void *ctx, pid_t pid)
{
	struct search *search = ctx;
	if (!readers_flags(search->readers, pid))
		each_descriptor(search, pid, takes, 0);
}

int readers_find(struct readers *readers, int fd, const char *path, bool errors)
{
	struct search search = { .readers = readers };
	*readers = (struct readers){ 0 };
	add_reader(&search, getpid(), TASK_READER | TASK_READER_CHILDREN);
	add_own(&search, fd, path);
	if (errors)
		add_own(&search, STDERR_FILENO, NULL);
	for (unsigned known = 1, ends = 0; ends < search.count && !search.err;) {
		ends = search.count;
		proc_each(add_if_reader, &search);
		for (; known < readers->count && !search.err; known++)
			each_descriptor(
				&search, readers->list[known].pid, passes_on, readers->list[known].flags);
	}
	free(search.ends);
	return search.err;
}

void readers_free(struct readers *readers)
{
	free(readers->list);
	*readers = (struct readers){ 0 };
}

unsigned readers_flags(const struct readers *readers, pid_t pid)
{
	for (unsigned i = 0; i < readers->count; i++)
		if (readers->list[i].pid == pid)
			return readers->list[i].flags;
	return 0;
}
