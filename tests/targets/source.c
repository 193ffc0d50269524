// SPDX-License-Identifier: BSD-2-Clause
/*
 * source [LIBRARY BUNDLE]: makes system calls that contain their source line: as the offset of an lseek, or as the
 * number of bytes written to standard error. With arguments, it also loads the library and opens the bundle.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pagedbundle.h>

/* Prevents tail calls: something follows the call. */
#define AFTER()         __asm__ volatile("" ::: "memory")
#define MARK()          (lseek(fd, __LINE__, SEEK_SET) < 0 ? exit(3) : (void)0)
#define MARK_BY_STDIO() (fprintf(stderr, "%*s", __LINE__, "") < 0 ? exit(3) : (void)0)

static int fd;

static inline __attribute__((always_inline)) void inlined(void)
{
	MARK();
	AFTER();
}

static __attribute__((noinline)) void innermost(void)
{
	inlined();
	AFTER();
}

static __attribute__((noinline)) void middle(int depth)
{
	char room[300]; /* makes the frame larger */
	__asm__ volatile("" ::"r"(room) : "memory");
	if (depth > 0)
		middle(depth - 1);
	else
		innermost();
	AFTER();
}

/* Called back by libc. */
static int compare(const void *a, const void *b)
{
	MARK();
	return *(const int *)a - *(const int *)b;
}

static void on_signal(int number)
{
	(void)number;
	MARK();
	AFTER();
}

static void *thread(void *unused)
{
	middle(3);
	MARK_BY_STDIO();
	return unused;
}

static void use_library(const char *path, const char *bundle)
{
	struct pb_paged *paged = NULL;
	void *library = dlopen(path, RTLD_NOW);
	int (*open_bundle)(const char *, const struct pb_config *, struct pb_paged **) = NULL;
	if (library)
		*(void **)&open_bundle = dlsym(library, "pb_open");
	if (!open_bundle || open_bundle(bundle, NULL, &paged))
		exit(2);
	MARK();
}

int main(int argc, char **argv)
{
	int two[] = { 2, 1 };
	pthread_t other;
	fd = open("/dev/zero", O_RDONLY);
	signal(SIGUSR1, on_signal);
	MARK();
	middle(0);
	middle(5);
	qsort(two, 2, sizeof(two[0]), compare);
	raise(SIGUSR1);
	MARK_BY_STDIO();
	if (pthread_create(&other, NULL, thread, NULL) || pthread_join(other, NULL))
		return 2;
	if (argc > 2)
		use_library(argv[1], argv[2]);
	return 0;
}
