/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * touches FILE HOW COUNT: maps a file and reads a byte of COUNT of its pages, in a random order, each once; not of the
 * first ones, which a tracer may read to know the file's format. HOW: plain,
 * random (MADV_RANDOM), huge (MADV_HUGEPAGE), populate (MAP_POPULATE). Prints the page numbers on a line, and on the next
 * the major faults and minor faults of that, as getrusage counts them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { PAGE = 4096, PAGES_MAX = 1 << 20, FIRST = 16 };

static unsigned order[PAGES_MAX];

static void shuffle(unsigned pages)
{
	unsigned long state = 12345;
	for (unsigned i = 0; i < pages; i++)
		order[i] = FIRST + i;
	for (unsigned i = pages - 1; i > 0; i--) {
		state = state * 6364136223846793005ul + 1442695040888963407ul;
		unsigned j = (unsigned)(state >> 33) % (i + 1), page = order[i];
		order[i] = order[j];
		order[j] = page;
	}
}

int main(int argc, char **argv)
{
	struct stat st;
	struct rusage before, after;
	int fd = argc == 4 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) || st.st_size <= (FIRST * PAGE) || st.st_size / PAGE > PAGES_MAX)
		return 2;
	unsigned pages = (unsigned)(st.st_size / PAGE) - FIRST, count = (unsigned)atoi(argv[3]);
	int populate = strcmp(argv[2], "populate") == 0 ? MAP_POPULATE : 0;
	const volatile char *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | populate, fd, 0);
	if (at == MAP_FAILED || count > pages)
		return 1;
	if (strcmp(argv[2], "random") == 0 && madvise((void *)at, (size_t)st.st_size, MADV_RANDOM))
		return 1;
	if (strcmp(argv[2], "huge") == 0)
		madvise((void *)at, (size_t)st.st_size,
			MADV_HUGEPAGE); /* not every kernel has it for files */
	shuffle(pages);
	getrusage(RUSAGE_SELF, &before);
	for (unsigned i = 0; i < count; i++)
		(void)at[(size_t)order[i] * PAGE];
	getrusage(RUSAGE_SELF, &after);
	for (unsigned i = 0; i < count; i++)
		printf("%u ", order[i]);
	printf("\n%ld %ld\n", after.ru_majflt - before.ru_majflt, after.ru_minflt - before.ru_minflt);
	return 0;
}
