/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has threads that each wait in a call that does not return, a thread that runs, and, where userfaultfd is allowed,
 * a thread that waits for a page. Prints "held PID", then waits to be killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2], event;
static sem_t never;
static volatile char *absent;
static volatile unsigned long turns;

static void *in_read(void *unused)
{
	char bytes[100];
	(void)!read(pipe_ends[0], bytes, sizeof(bytes));
	return unused;
}

static void *in_nanosleep(void *unused)
{
	nanosleep(&(struct timespec){ .tv_sec = 100 }, NULL);
	return unused;
}

static void *in_futex(void *unused)
{
	sem_wait(&never);
	return unused;
}

static void *in_poll(void *unused)
{
	struct pollfd fd = { .fd = event, .events = POLLIN };
	poll(&fd, 1, 100000);
	return unused;
}

static void *running(void *unused)
{
	for (;;)
		turns++;
	return unused;
}

/* The call before the fault has returned: it is not the call of this thread at the end. */
static void *in_page_fault(void *unused)
{
	lseek(event, 0, SEEK_CUR);
	(void)absent[0];
	return unused;
}

/* Maps a page that is never supplied: an access to it blocks. */
static int make_absent(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register range = { .range = { (unsigned long)page, 4096 },
		.mode = UFFDIO_REGISTER_MODE_MISSING };
	if (uffd < 0 || page == MAP_FAILED || ioctl(uffd, UFFDIO_API, &api) ||
		ioctl(uffd, UFFDIO_REGISTER, &range))
		return -1;
	absent = page;
	return 0;
}

int main(void)
{
	void *(*const threads[])(
		void *) = { in_read, in_nanosleep, in_futex, in_poll, running, in_page_fault };
	pthread_t thread;
	alarm(120); /* in case the test that started it is gone */
	if (pipe(pipe_ends) || (event = eventfd(0, 0)) < 0 || sem_init(&never, 0, 0))
		return 1;
	int absent_failed = make_absent();
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads) - (absent_failed != 0); i++)
		if (pthread_create(&thread, NULL, threads[i], NULL))
			return 1;
	nanosleep(&(struct timespec){ .tv_nsec = 100 * 1000000 }, NULL);
	printf("held %d\n", (int)getpid());
	fflush(stdout);
	pause();
	return 0;
}
