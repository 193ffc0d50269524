/* SPDX-License-Identifier: BSD-2-Clause */
/* mapped FILE BYTES SKIP: maps a file and calls madvise, mremap and the like on parts of the mapping. All addresses
 * follow from that of the mapping, so that a test knows every call. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	int fd = open(argv[1], O_RDWR);
	size_t bytes = (size_t)atol(argv[2]), skip = (size_t)atol(argv[3]);
	unsigned char in_memory[64];
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || map == MAP_FAILED || close(fd))
		return 1;
	madvise(map, 8192, MADV_SEQUENTIAL);
	madvise(map + skip, bytes - skip, MADV_WILLNEED);
	mincore(map + skip, 4096, in_memory);
	mlock(map, 4096);
	msync(map + skip, 4096, MS_ASYNC);
	if (fork() == 0) {
		madvise(map + skip, 4096, MADV_RANDOM);
		_exit(0);
	}
	wait(NULL);
	munmap(map, skip); /* the front; the rest keeps its address */
	madvise(map + skip, 4096, MADV_NORMAL);
	char *moved = mremap(
		map + skip, bytes - skip, bytes - skip, MREMAP_MAYMOVE | MREMAP_FIXED, map + 64 * skip);
	madvise(moved, 4096, MADV_DONTNEED);
	madvise(map + skip, 4096, MADV_DONTNEED); /* no longer mapped: ENOMEM */
	char *other = mmap(moved, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	madvise(other, 4096, MADV_WILLNEED); /* anonymous memory */
	return 0;
}
