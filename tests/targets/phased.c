/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phased CASE FILE [N]: functions and USDT probes that a map of probes marks (tests/system/test_phases.c), and what they did, a line
 * for each on standard output. The provider `phased` has two probes, `get__start` and `get__done`, which stand at one and at
 * three sites; those of get__done share a semaphore.
 *
 *   calls    functions that read FILE, each with its own arguments
 *   nested   a function that calls itself N deep
 *   left     a function that is left by longjmp N times, between others
 *   cache    N looks into a cache, of which some read FILE
 *   threads  the same in four threads
 *   forks    the same in N children, one after the other
 *   stay     prints "ready PID", and looks once for each line of standard input; then prints the semaphores
 *   hang     prints "ready PID" and waits in a function
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((section(".probes"), used)) unsigned short phased_get__start_semaphore;
__attribute__((section(".probes"), used)) unsigned short phased_get__done_semaphore;

#if defined(__clang__)
#define KEPT __attribute__((noinline, used))
#else
#define KEPT __attribute__((noipa, used))
#endif

#define BLOCK 4096

static int file = -1;

static void read_blocks(unsigned count)
{
	char block[BLOCK];
	for (unsigned i = 0; i < count; i++)
		if (pread(file, block, sizeof(block), (off_t)i * BLOCK) != sizeof(block))
			exit(3);
}

/* ---- functions ---- */

int load_model(const char *path, unsigned reads, int32_t number, bool quick);
int descend(int depth);
void leave(int number);
int wait_here(const char *path);
long _ZN6loader6Loader4loadEi(int number);

KEPT int load_model(const char *path, unsigned reads, int32_t number, bool quick)
{
	read_blocks(reads);
	__asm__ volatile("" : : "r"(path), "r"(quick));
	return -number;
}

/* As the compiler names loader::Loader::load(int). */
KEPT long _ZN6loader6Loader4loadEi(int number)
{
	__asm__ volatile("");
	return number;
}

static jmp_buf out;

KEPT void leave(int number)
{
	if (number >= 0)
		longjmp(out, 1);
	__asm__ volatile("");
}

KEPT int descend(int depth)
{
	int below = depth > 1 ? descend(depth - 1) : 0;
	__asm__ volatile("");
	return below + 1;
}

KEPT int wait_here(const char *path)
{
	read_blocks(2);
	pause();
	return path[0];
}

static void calls(const char *path)
{
	char name[512] = "";
	for (int i = 1; i <= 20; i++) {
		load_model(path, (unsigned)i % 4, i * 1000, i % 2);
		printf("load_model %s %d %d %d %d\n", path, i % 4, i * 1000, i % 2, -i * 1000);
	}
	memset(name, 'n', 300);
	load_model(name, 0, 1, false);
	load_model("", 0, 2, false);
	load_model(NULL, 0, 3, false);
	_ZN6loader6Loader4loadEi(17);
}

static void left(int count)
{
	for (volatile int i = 0; i < count; i++) {
		if (setjmp(out) == 0)
			leave(i);
	}
	load_model("after", 1, 7, true);
	leave(-1);
}

/* ---- a cache ---- */

static void *looks(void *arg)
{
	uint64_t count = *(const uint64_t *)arg;
	for (uint64_t i = 0; i < count; i++) {
		uint32_t block = (uint32_t)i;
		DTRACE_PROBE2(phased, get__start, block, (int64_t)-5);
		if (i % 3 == 0) {
			DTRACE_PROBE3(phased, get__done, block, (int64_t)-5, true);
			continue;
		}
		read_blocks((unsigned)(i % 3));
		if (i % 3 == 1)
			DTRACE_PROBE3(phased, get__done, block, (int64_t)-5, false);
		else
			DTRACE_PROBE3(phased, get__done, (uint16_t)block, (int16_t)-5, false);
	}
	return NULL;
}

static void threads(uint64_t count)
{
	pthread_t all[4];
	for (int i = 0; i < 4; i++)
		if (pthread_create(&all[i], NULL, looks, &count))
			exit(3);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
}

static void forks(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint64_t ten = 10;
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			looks(&ten);
			load_model("child", 1, 1, true);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			exit(4);
	}
}

static void stay(void)
{
	char line[16];
	uint64_t one = 1;
	printf("ready %d\n", (int)getpid());
	while (fgets(line, sizeof(line), stdin)) {
		if (line[0] == '?') {
			printf("semaphores %u %u\n", *(volatile unsigned short *)&phased_get__start_semaphore,
				*(volatile unsigned short *)&phased_get__done_semaphore);
			continue;
		}
		looks(&one);
		load_model("stay", 2, 1, true);
		printf("looked\n");
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	const char *name = argv[1];
	uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	file = open(argv[2], O_RDONLY);
	if (file < 0)
		return 2;
	if (strcmp(name, "calls") == 0)
		calls(argv[2]);
	else if (strcmp(name, "nested") == 0)
		printf("%d\n", descend((int)count));
	else if (strcmp(name, "left") == 0)
		left((int)count);
	else if (strcmp(name, "cache") == 0)
		looks(&count);
	else if (strcmp(name, "threads") == 0)
		threads(count);
	else if (strcmp(name, "forks") == 0)
		forks(count);
	else if (strcmp(name, "stay") == 0)
		stay();
	else if (strcmp(name, "hang") == 0 && printf("ready %d\n", (int)getpid()) > 0)
		wait_here(argv[2]);
	else
		return 2;
	return 0;
}
