/* SPDX-License-Identifier: BSD-2-Clause */
#include "libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gelf.h>

#include "user/kernel/elf_file.h"
#include "user/base/quiet_read.h"
#include "user/base/text.h"
#include "user/base/sudo_user.h"

#define LINKER_SECONDS 5
#define LIST_BYTES_MAX (1 << 20)
#define SCRIPT_DEPTH   4
#define PATH_BYTES_MAX 4096

/* The interpreter of a script, from its first line; false if the file is no script. */
static bool script_interpreter(const char *program, char path[PATH_BYTES_MAX])
{
	int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : quiet_read(fd, path, PATH_BYTES_MAX - 1, 0);
	if (fd >= 0)
		close(fd);
	if (len < 3 || memcmp(path, "#!", 2) != 0)
		return false;
	path[len] = '\0';
	char *start = path + 2 + strspn(path + 2, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	memmove(path, start, strlen(start) + 1);
	return path[0] == '/';
}

/* What an ELF file needs to run: the dynamic linker that it names; a library names none. */
struct needs {
	char linker[PATH_BYTES_MAX];
	bool dynamic;
};

static struct needs needs_of(const char *path)
{
	struct needs needs = { .linker = "" };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return needs;
	Elf *elf = elf_file_open(fd);
	size_t count = 0;
	if (elf && elf_getphdrnum(elf, &count) != 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		if (!gelf_getphdr(elf, (int)i, &header))
			continue;
		if (header.p_type == PT_DYNAMIC)
			needs.dynamic = true;
		if (header.p_type != PT_INTERP || header.p_filesz < 2 || header.p_filesz > PATH_BYTES_MAX)
			continue;
		ssize_t got = pread(fd, needs.linker, header.p_filesz, (off_t)header.p_offset);
		if (got != (ssize_t)header.p_filesz || needs.linker[got - 1] != '\0')
			needs.linker[0] = '\0';
	}
	elf_end(elf);
	close(fd);
	return needs;
}

/* Finds the linker that can list what the file needs: only ever our own, since any other is a program that the file's
 * author chose, and would run with the tracer's rights. */
static bool dynamic_linker(const char *path, char linker[PATH_BYTES_MAX])
{
	struct stat own, other;
	struct needs needs = needs_of(path), ours = needs_of("/proc/self/exe");
	memcpy(linker, ours.linker, PATH_BYTES_MAX);
	if (!needs.dynamic || stat(linker, &own))
		return false;
	return !needs.linker[0] ||
	       (stat(needs.linker, &other) == 0 && own.st_dev == other.st_dev && own.st_ino == other.st_ino);
}

static void __attribute__((noreturn)) list_child(const char *linker, const char *program, int out)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(LINKER_SECONDS);
	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
		dup2(null, STDERR_FILENO) >= 0 && sudo_user_become() == 0)
		execl(linker, linker, "--list", program, (char *)NULL);
	_exit(EXIT_FAILURE);
}

/* Appends what `linker --list program` prints. 0 or -errno. */
static int list(const char *linker, const char *program, struct text *out)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t pid = fork();
	if (pid == 0)
		list_child(linker, program, ends[1]);
	close(ends[1]);
	char buf[4096];
	ssize_t got;
	while (pid > 0 && out->len < LIST_BYTES_MAX &&
		((got = read(ends[0], buf, sizeof(buf))) > 0 || (got < 0 && errno == EINTR)))
		if (got > 0)
			text_add(out, buf, (size_t)got);
	close(ends[0]);
	if (pid < 0)
		return -EAGAIN;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	text_char(out, '\0');
	return out->failed ? -ENOMEM : 0;
}

/* Lines are "name => /path (0x...)", or "/path (0x...)" for the linker itself. */
static int each_path(char *lines, int (*found)(void *ctx, const char *path), void *ctx)
{
	int err = 0;
	char *save, *line = strtok_r(lines, "\n", &save);
	for (; line && !err; line = strtok_r(NULL, "\n", &save)) {
		char *path = strstr(line, " => "), *end = strstr(line, " (0x");
		path = path ? path + 4 : line + strspn(line, " \t");
		if (*path != '/' || !end || end < path)
			continue;
		*end = '\0';
		err = found(ctx, path);
	}
	return err;
}

int libraries_of(const char *program, int (*found)(void *ctx, const char *path), void *ctx)
{
	char path[PATH_BYTES_MAX], *real = strdup(program);
	for (int i = 0; real && i < SCRIPT_DEPTH && script_interpreter(real, path); i++) {
		free(real);
		real = strdup(path);
	}
	if (!real)
		return -ENOMEM;
	int err = found(ctx, real);
	if (!err && dynamic_linker(real, path)) {
		struct text out = { 0 };
		err = list(path, real, &out);
		if (!err)
			err = each_path(out.data, found, ctx);
		text_free(&out);
	}
	free(real);
	return err;
}
