/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names DIR: descriptors of all kinds, made in ways that mislead a tracer that follows descriptors. Each gets one
 * lseek(FD, N, 77), which fails and is the call number N, and is then closed. A line of output has the truth:
 * "N PATH", with the path as the kernel reports it (/proc/self/fd).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pass_fd.h"

static long number = 1000;

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	_exit(1);
}

/* Makes the call, and says what the descriptor is; then closes it. */
static void is(int fd, const char *what)
{
	char link[32], path[4096];
	if (fd < 0)
		fail(what);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		fail(link);
	path[len] = '\0';
	if (lseek(fd, number, 77) >= 0)
		fail("lseek");
	printf("%ld %s\n", number++, path);
	fflush(stdout);
	close(fd);
}

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		fail(name);
	return fd;
}

/* The next descriptor has a number that stood for the file "stale" and was freed by a call that names no descriptor. */
static void leave_stale(void)
{
	int fd = make("stale");
	if (write(fd, "x", 1) != 1 || syscall(SYS_close_range, fd, fd, 0))
		fail("close_range");
}

static void links(void)
{
	close(make("one"));
	if (link("one", "two") || symlink("one", "three"))
		fail("link");
	int one = open("one", O_RDONLY), two = open("two", O_RDONLY), three = open("three", O_RDONLY);
	int again = open("one", O_RDONLY);
	is(one, "one");
	is(two, "two");
	is(three, "three");
	is(again, "one again");
}

static void renamed(void)
{
	if (mkdir("folder", 0755) || mkdir("folder/sub", 0755))
		fail("folder");
	int file = make("before"), below = make("folder/sub/file"), moved = make("folder/sub/moved");
	is(dup(file), "before");
	is(dup(below), "below");
	if (rename("before", "after") || rename("folder", "renamed") || rename("renamed/sub/moved", "moved"))
		fail("rename");
	is(file, "after");
	is(below, "renamed folder");
	is(moved, "moved");
	int removed = make("removed");
	is(dup(removed), "not yet removed");
	if (unlink("removed"))
		fail("unlink");
	is(removed, "removed");
	is(make("removed"), "made again");
	is(open(".", O_TMPFILE | O_RDWR, 0600), "O_TMPFILE");
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

static void numbers_used_again(void)
{
	int ends[2], file = make("kept"), self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int uts = open("/proc/self/ns/uts", O_RDONLY);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || self < 0)
		fail("socketpair");
	sent(ends[0], file);
	leave_stale();
	is(received(ends[1]), "SCM_RIGHTS");
	leave_stale();
	is(fcntl(file, F_DUPFD, 0), "F_DUPFD");
	leave_stale();
	is((int)syscall(SYS_pidfd_getfd, self, file, 0), "pidfd_getfd");
	leave_stale();
	is(ioctl(uts, NS_GET_USERNS), "NS_GET_USERNS");
	leave_stale();
	is(dup(file), "dup");
	close(ends[0]);
	close(ends[1]);
	close(self);
	close(uts);
	close(file);
}

static void in_no_folder(void)
{
	sigset_t none;
	int ends[2];
	sigemptyset(&none);
	is((int)syscall(SYS_pidfd_open, getpid(), 0), "pidfd");
	is(open("/proc/self/ns/net", O_RDONLY), "net");
	is(open("/proc/self/ns/mnt", O_RDONLY), "mnt");
	is(memfd_create("in memory", 0), "memfd");
	int event = eventfd(0, 0), other = eventfd(0, 0), epoll = epoll_create1(0);
	is(event, "eventfd");
	is(epoll, "epoll");
	is(other, "eventfd");
	is(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd");
	is(signalfd(-1, &none, 0), "signalfd");
	is(inotify_init(), "inotify");
	if (pipe(ends))
		fail("pipe");
	is(ends[0], "pipe");
	is(ends[1], "pipe");
	is(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
	is(open("/", O_RDONLY), "/");
	is(open("/proc", O_RDONLY), "/proc");
	is(open("/dev/null", O_RDONLY), "/dev/null");
}

/* A child whose table of descriptors is this one's closes and opens. */
static int shares(void *arg)
{
	char *dir = arg;
	if (chdir(dir))
		return 1;
	close(100);
	int fd = make("by the child");
	return dup2(fd, 100) != 100 || close(fd);
}

static void shared_table(char *dir)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd = make("by the parent"), status;
	if (dup2(fd, 100) != 100)
		fail("dup2");
	is(fd, "by the parent");
	pid_t pid = clone(shares, stack + sizeof(stack), CLONE_FILES | SIGCHLD, dir);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail("clone");
	is(100, "by the child");
}

/* One file at two places, and in a process with a root of its own. */
static void mounted(void)
{
	if (mkdir("here", 0755) || mkdir("there", 0755))
		fail("mkdir");
	close(make("here/file"));
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("here", "there", NULL, MS_BIND, NULL))
		fail("mount");
	int here = open("here/file", O_RDONLY), there = open("there/file", O_RDONLY);
	is(dup(here), "here");
	is(there, "there");
	is(here, "here");
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]))
		return 2;
	links();
	renamed();
	numbers_used_again();
	in_no_folder();
	shared_table(argv[1]);
	mounted();
	return 0;
}
