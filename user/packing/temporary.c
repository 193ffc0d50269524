/* SPDX-License-Identifier: BSD-2-Clause */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = 100 };

/* --- signals --- */

/* The name to be removed; the handler reads it at any time. */
static struct {
	volatile sig_atomic_t there;
	int folder;
	char name[sizeof(((struct temporary *)NULL)->name)];
} named;

static void remove_and_die(int signal_number)
{
	if (named.there)
		unlinkat(named.folder, named.name, 0);
	signal(signal_number, SIG_DFL);
	raise(signal_number); /* comes when this handler returns */
}

/* Signals that are ignored, as under nohup, stay so. */
static void watch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU, SIGALRM, SIGVTALRM,
		SIGPROF, SIGUSR1, SIGUSR2 };
	static bool watched;
	struct sigaction action = { .sa_handler = remove_and_die }, before;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; !watched && i < sizeof(ending) / sizeof(*ending); i++)
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(ending[i], &action, NULL);
	watched = true;
}

static void note_name(const struct temporary *t)
{
	named.folder = t->folder;
	memcpy(named.name, t->name, sizeof(named.name));
	atomic_signal_fence(memory_order_seq_cst);
	named.there = 1;
}

static void drop_name(struct temporary *t)
{
	named.there = 0;
	t->name[0] = '\0';
}

/* --- names --- */

/* Tries random names until `make` succeeds with one. */
static int give_name(struct temporary *t, bool (*make)(struct temporary *t))
{
	watch_signals();
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -1;
		snprintf(t->name, sizeof(t->name), ".bundlectl-%016" PRIx64 ".tmp", random);
		note_name(t);
		if (make(t))
			return 0;
		drop_name(t);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static bool make_file(struct temporary *t)
{
	t->fd = openat(t->folder, t->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return t->fd >= 0;
}

static void fd_path(const struct temporary *t, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", t->fd);
}

static int link_unnamed(const struct temporary *t, const char *name)
{
	char path[32];
	fd_path(t, path);
	return linkat(AT_FDCWD, path, t->folder, name, AT_SYMLINK_FOLLOW);
}

static bool make_link(struct temporary *t)
{
	return link_unnamed(t, t->name) == 0;
}

int temporary_open(struct temporary *t, int folder)
{
	char path[32];
	*t = (struct temporary){ .folder = folder };
	t->fd = openat(folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
	fd_path(t, path);
	if (t->fd >= 0 && access(path, F_OK) == 0)
		return 0;
	if (t->fd >= 0)
		close(t->fd); /* without /proc it would never get a name */
	t->fd = -1;
	return give_name(t, make_file);
}

/* Not every file system knows RENAME_NOREPLACE, and not every one has links. */
static int rename_to_new(struct temporary *t, const char *base)
{
	struct stat st;
	if (renameat2(t->folder, t->name, t->folder, base, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(t->folder, t->name, t->folder, base, 0) == 0)
		return unlinkat(t->folder, t->name, 0);
	if (errno == EEXIST)
		return -1;
	if (fstatat(t->folder, base, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(t->folder, t->name, t->folder, base);
}

int temporary_place(struct temporary *t, const char *base, bool replace)
{
	if (!replace && !t->name[0])
		return link_unnamed(t, base);
	/* a link cannot replace a file: for a moment there is a second name */
	if (!t->name[0] && give_name(t, make_link) < 0)
		return -1;
	int err = replace ? renameat(t->folder, t->name, t->folder, base) : rename_to_new(t, base);
	if (!err)
		drop_name(t);
	return err;
}

void temporary_end(struct temporary *t)
{
	int keep = errno;
	if (t->fd >= 0)
		close(t->fd);
	if (t->name[0]) {
		unlinkat(t->folder, t->name, 0);
		drop_name(t);
	}
	t->fd = -1;
	errno = keep;
}

int temporary_spool(void)
{
	const char *folder = getenv("TMPDIR");
	struct temporary t;
	if (!folder || !*folder)
		folder = "/tmp";
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	int fd = temporary_open(&t, dir) < 0 ? -1 : fcntl(t.fd, F_DUPFD_CLOEXEC, 3), keep = errno;
	if (fd >= 0 && fchmod(fd, 0600) < 0) {
		keep = errno;
		close(fd);
		fd = -1;
	}
	temporary_end(&t);
	close(dir);
	errno = keep;
	return fd;
}
