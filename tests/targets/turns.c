/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * turns uid NUMBER | comm NAME | cgroup FILE: prints "ready PID"; at a line of standard input it changes its user,
 * name or control group and prints "turned". Its two threads call lseek(FD, 1, SEEK_SET) every few milliseconds
 * before the change, and lseek(FD, 2, SEEK_SET) after it, until the end of standard input.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int file;
static atomic_int mark = 1;

static void *seek(void *unused)
{
	(void)unused;
	for (;;) {
		lseek(file, mark, SEEK_SET);
		usleep(5000);
	}
	return NULL;
}

static int enter_group(const char *procs)
{
	char pid[16];
	int fd = open(procs, O_WRONLY), len = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	return fd < 0 || write(fd, pid, (size_t)len) != len ? -1 : close(fd);
}

static int turn(const char *what, const char *into)
{
	if (strcmp(what, "uid") == 0)
		return setuid((uid_t)atoi(into));
	return strcmp(what, "comm") == 0 ? prctl(PR_SET_NAME, into) : enter_group(into);
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	char line[64];
	file = open("/dev/null", O_RDONLY);
	if (argc != 3 || file < 0)
		return 2;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, seek, NULL))
			return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", (int)getpid());
	if (!fgets(line, sizeof(line), stdin) || turn(argv[1], argv[2]))
		return 1;
	mark = 2;
	printf("turned\n");
	while (fgets(line, sizeof(line), stdin))
		;
	return 0;
}
