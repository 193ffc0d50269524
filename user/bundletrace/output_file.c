/* SPDX-License-Identifier: BSD-2-Clause */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "user/base/report.h"

#define ASK_MS 100 /* between two attempts to open a FIFO */

static bool asked_to_end(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t pending;
	if (sigpending(&pending))
		return false;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (sigismember(&pending, ends[i]) == 1)
			return true;
	return false;
}

static int try_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0644);
}

static bool is_unread_fifo(const char *path)
{
	struct stat st;
	return errno == ENXIO && stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* A blocking open(2) could not be ended: the signals that should are read in the main loop. */
static int await_reader(const char *path)
{
	int fd;
	report("%s: waiting for a program that reads it", printable(path));
	do {
		poll(NULL, 0, ASK_MS);
		fd = try_open(path);
	} while (fd < 0 && is_unread_fifo(path) && !asked_to_end());
	return fd;
}

int output_file_open(const char *path)
{
	int fd = try_open(path);
	if (fd < 0 && is_unread_fifo(path))
		fd = await_reader(path);
	if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0) /* without O_NONBLOCK */
		return fd;
	int err = -errno;
	if (is_unread_fifo(path))
		report("%s: nobody reads it (start its reader first)", printable(path));
	else
		report("%s: cannot write: %s (give another file with -o)", printable(path), strerror(-err));
	return err;
}
