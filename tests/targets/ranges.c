/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ranges FILE OP...: does these things with a file, which is opened once and not closed:
 *   r LENGTH          reads at the position
 *   p OFFSET LENGTH   reads there
 *   w OFFSET LENGTH   writes zeros there
 *   s OFFSET          sets the position
 *   m OFFSET LENGTH   maps this, and touches each page
 *   d OFFSET LENGTH   drops it from the page cache
 *   z MILLISECONDS    sleeps
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char buffer[1 << 20];

static size_t bytes(const char *arg)
{
	size_t n = arg ? strtoul(arg, NULL, 0) : 0;
	return n < sizeof(buffer) ? n : sizeof(buffer);
}

static void touch(int fd, long offset, size_t length)
{
	volatile char *at = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset);
	if (at == MAP_FAILED)
		err(1, "mmap");
	for (size_t i = 0; i < length; i += 4096)
		(void)at[i];
}

/* Returns how many arguments it took. */
static int operation(int fd, char **arg)
{
	long offset = arg[1] ? strtol(arg[1], NULL, 0) : 0;
	switch (arg[0][0]) {
	case 'r':
		return read(fd, buffer, bytes(arg[1])) < 0 ? 0 : 2;
	case 's':
		return lseek(fd, offset, SEEK_SET) < 0 ? 0 : 2;
	case 'p':
		return pread(fd, buffer, bytes(arg[2]), offset) < 0 ? 0 : 3;
	case 'w':
		memset(buffer, 0, sizeof(buffer));
		return pwrite(fd, buffer, bytes(arg[2]), offset) < 0 ? 0 : 3;
	case 'd':
		return fsync(fd) || posix_fadvise(fd, offset, strtol(arg[2], NULL, 0), POSIX_FADV_DONTNEED)
			       ? 0
			       : 3;
	case 'z':
		return usleep((useconds_t)offset * 1000) ? 0 : 2;
	case 'm':
		touch(fd, offset, strtoul(arg[2], NULL, 0));
		return 3;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDWR) : -1;
	if (fd < 0)
		err(2, "cannot open the file");
	for (int i = 2, took; i < argc; i += took) {
		took = operation(fd, argv + i);
		if (!took)
			err(1, "%s", argv[i]);
	}
	return 0;
}
