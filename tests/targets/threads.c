/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads N CALLS: runs N threads at the same time, each making CALLS calls in an order that a test can check: call
 * i of thread k is lseek(FD, k * 1000000 + i, SEEK_SET), or, if i is odd, a read of 1 + i % 50 bytes.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64

static int calls;

static void *work(void *arg)
{
	long k = (long)arg;
	char bytes[64];
	int fd = open("/dev/zero", O_RDONLY);
	for (int i = 0; fd >= 0 && i < calls; i++) {
		if (i % 2)
			(void)!read(fd, bytes, (size_t)(1 + i % 50));
		else
			lseek(fd, k * 1000000 + i, SEEK_SET);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	pthread_attr_t attr;
	long count = argc == 3 ? atol(argv[1]) : 0;
	calls = argc == 3 ? atoi(argv[2]) : 0;
	if (count < 1 || count > THREADS_MAX || calls < 1)
		return 2;
	/* small stacks: glibc caches them all, so that munmap calls do not depend on which thread ends first */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	for (long k = 0; k < count; k++)
		if (pthread_create(&threads[k], &attr, work, (void *)k))
			return 1;
	for (long k = 0; k < count; k++)
		pthread_join(threads[k], NULL);
	return 0;
}
