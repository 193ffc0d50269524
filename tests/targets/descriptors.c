/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * descriptors DIR: reads files through descriptors in ways that mislead a tracer that guesses the file. Each read
 * has a unique length, and a line of output names its file: "LENGTH PATH", with the path as the kernel reports it
 * (/proc/self/fd); characters other than printable ASCII are written as \xHH.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pass_fd.h"

#define FILE_BYTES 8192

static char bytes[FILE_BYTES];
static size_t length = 1000;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	_exit(1);
}

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, FILE_BYTES))
		fail(name);
	return fd;
}

static void say(size_t len, const char *path)
{
	printf("%zu ", len);
	for (; *path; path++)
		if (*path > ' ' && *path <= '~' && *path != '\\')
			putchar(*path);
		else
			printf("\\x%02x", (unsigned char)*path);
	putchar('\n');
}

/* Reads one byte more than the previous read. */
static void read_as(int fd, const char *path)
{
	length++;
	if (read(fd, bytes, length) != (ssize_t)length)
		fail(path);
	say(length, path);
}

static void read_from(int fd)
{
	char link[32], path[8192];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		fail(link);
	path[len] = '\0';
	read_as(fd, path);
}

static void read_name(const char *name)
{
	int fd = open(name, O_RDONLY);
	if (fd < 0)
		fail(name);
	read_from(fd);
	close(fd);
}

static void copies_and_reuse(void)
{
	int a = make("a"), copy = dup(a);
	read_from(a);
	read_from(copy);
	dup2(a, 200);
	read_from(200);
	close(a);
	int b = make("b");
	if (b != a)
		fail("the number was not used again");
	read_from(b);
	dup2(copy, b); /* implicitly closes b */
	read_from(b);
	close(b);
	close(copy);
	close(200);
}

static void renamed(void)
{
	int old = make("old");
	read_from(old);
	if (rename("old", "new"))
		fail("rename");
	int other = make("old");
	read_from(other);
	read_name("new");
	read_from(old); /* its path is now "new" */
	close(old);
	close(other);
}

static void sent(int over, int fd)
{
	if (send_fd(over, fd))
		fail("sendmsg");
}

static int received(int over)
{
	int fd = receive_fd(over);
	if (fd < 0)
		fail("recvmsg");
	return fd;
}

/* The parent reads a file that a child opened; then a child reads a file that the parent opened. */
static void between_processes(void)
{
	int ends[2], fd, status;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		fail("socketpair");
	pid_t pid = fork();
	if (pid == 0) {
		sent(ends[1], make("passed"));
		_exit(0);
	}
	fd = received(ends[0]);
	waitpid(pid, &status, 0);
	read_from(fd);
	fflush(stdout);
	int inherited = make("inherited");
	pid = fork();
	if (pid == 0) {
		read_from(inherited);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	length++; /* counts the child's read */
}

static void ways_to_name(void)
{
	if (mkdir("sub", 0755) || symlink("a", "link") || chdir("sub"))
		fail("sub");
	read_name("../a");
	read_name("../link");
	read_name("./../sub/../b");
	if (chdir(".."))
		fail("..");
	int dir = open("sub", O_RDONLY | O_DIRECTORY), fd = openat(dir, "../b", O_RDONLY);
	read_from(fd);
	close(make("bad\xff\xfe name\n\xc3\xa9"));
	read_name("bad\xff\xfe name\n\xc3\xa9");
	read_name("/proc/kallsyms");
}

/* 18 folders of 200 letters: 3,900 bytes. */
static void long_way_down(const char *start)
{
	char name[201];
	memset(name, 'x', 200);
	name[200] = '\0';
	for (int i = 0; i < 18; i++)
		if (mkdir(name, 0755) || chdir(name))
			fail("long");
	close(make("long"));
	read_name("long");
	if (chdir(start))
		fail(start);
}

static void deep_down(const char *start, int folders)
{
	for (int i = 0; i < folders; i++)
		if ((mkdir("d", 0755) && errno != EEXIST) || chdir("d"))
			fail("deep");
	close(make("deep"));
	read_name("deep");
	if (chdir(start))
		fail(start);
}

static void without_a_name(void)
{
	int ends[2], fd = memfd_create("in memory", 0);
	if (fd < 0 || ftruncate(fd, FILE_BYTES))
		fail("memfd_create");
	length++;
	if (read(fd, bytes, length) != (ssize_t)length)
		fail("memfd");
	say(length, "/memfd:in memory");
	if (pipe(ends) || write(ends[1], bytes, 4000) != 4000)
		fail("pipe");
	read_from(ends[0]);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || write(ends[1], bytes, 4000) != 4000)
		fail("socket");
	read_from(ends[0]);
}

/* After chroot, paths begin at the new root. */
static void below_a_root(void)
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (chroot("sub") || chdir("/"))
			fail("chroot");
		read_as(make("/rooted"), "/rooted");
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("chroot's child");
	length++;
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]))
		return 2;
	copies_and_reuse();
	renamed();
	between_processes();
	ways_to_name();
	long_way_down(argv[1]);
	deep_down(argv[1], 60);
	without_a_name();
	below_a_root();
	deep_down(argv[1], 400);
	return 0;
}
