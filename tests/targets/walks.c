// SPDX-License-Identifier: BSD-2-Clause
/*
 * walks FILE: maps a file and, for each letter w from standard input, reads a byte of each of its pages in order, as a loader
 * does that needs all of it again and again. Prints "ready", and "walked N" after each walk. Closes the descriptor before.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct stat st;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	if (fd < 0 || fstat(fd, &st))
		return 2;
	volatile const char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return 1;
	puts("ready");
	fflush(stdout);
	for (int letter, walks = 0; (letter = getchar()) != EOF;) {
		if (letter != 'w')
			continue;
		for (off_t at = 0; at < st.st_size; at += 4096)
			(void)map[at];
		printf("walked %d\n", ++walks);
		fflush(stdout);
	}
	return 0;
}
