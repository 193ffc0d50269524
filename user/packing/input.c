/* SPDX-License-Identifier: BSD-2-Clause */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/base/report.h"
#include "outfile.h"
#include "reports.h"

enum { PORTION = 256 << 10 };

/* Copies what is left of standard input. Returns -1 with errno. */
static int copy_stdin(int fd)
{
	struct outfile out = { .fd = fd };
	char *portion = malloc(PORTION);
	ssize_t n = portion ? 1 : -1;
	while (n > 0) {
		n = TEMP_FAILURE_RETRY(read(STDIN_FILENO, portion, PORTION));
		if (n > 0 && outfile_write(&out, portion, (size_t)n) < 0)
			n = -1;
	}
	int keep = errno;
	free(portion);
	errno = keep;
	return n < 0 ? -1 : 0;
}

/* A regular file that may be opened once more, and of which nothing is read yet. */
static bool can_be_opened(char path[32])
{
	struct stat st;
	snprintf(path, 32, "/proc/self/fd/%d", STDIN_FILENO);
	if (fstat(STDIN_FILENO, &st) < 0 || !S_ISREG(st.st_mode) || lseek(STDIN_FILENO, 0, SEEK_CUR) != 0)
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int take_stdin(struct input *in)
{
	static bool taken;
	static char path[32];
	in->name = "stdin";
	in->path = path;
	if (taken) {
		report("-: standard input can be read only once");
		return EXIT_FAILURE;
	}
	taken = true;
	if (can_be_opened(path))
		return EXIT_SUCCESS;
	int fd = temporary_spool(); /* stays open until the end of the process */
	if (fd < 0) {
		report("a temporary file for stdin: %s (TMPDIR names the folder)", strerror(errno));
		return EXIT_FAILURE;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return copy_stdin(fd) < 0 ? report_errno(in->name) : EXIT_SUCCESS;
}

int input_find(struct input *in, const char *given)
{
	*in = (struct input){ .name = given, .path = given };
	int status = strcmp(given, "-") == 0 ? take_stdin(in) : EXIT_SUCCESS;
	if (!status && stat(in->path, &in->st) < 0)
		status = report_errno(in->name);
	return status;
}

int input_open_bundle(struct input *in, const char *given, struct pb_paged **paged)
{
	int status = input_find(in, given);
	int err = status ? PB_OK : pb_open(in->path, NULL, paged);
	return err ? report_bundle(in->name, err) : status;
}
