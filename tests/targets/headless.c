/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headless BUNDLE: a loader whose first thread ends at once. Another one prints "ready PID" when it has, opens the bundle
 * for each line of standard input, gets the first three models, reads a byte of /etc/passwd with pread64, closes the bundle and
 * prints "got N". The process ends with status 7.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pagedbundle.h>

static pthread_t first;

static void get_all(const char *bundle)
{
	struct pb_paged *paged;
	struct pb_view view;
	if (pb_open(bundle, NULL, &paged))
		exit(1);
	for (size_t i = 0; i < 3; i++) {
		if (pb_get_at(paged, i, &view))
			exit(1);
		pb_release(&view);
	}
	pb_close(paged);
}

static void *work(void *bundle)
{
	char line[64], byte;
	int file = open("/etc/passwd", O_RDONLY);
	pthread_join(first, NULL);
	printf("ready %d\n", (int)getpid());
	for (int n = 1; fgets(line, sizeof(line), stdin); n++) {
		get_all(bundle);
		if (pread(file, &byte, 1, 0) != 1)
			exit(1);
		printf("got %d\n", n);
	}
	exit(7);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	if (argc < 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	first = pthread_self();
	if (pthread_create(&thread, NULL, work, argv[1]))
		return 2;
	pthread_exit(NULL);
}
