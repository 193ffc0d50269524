// SPDX-License-Identifier: BSD-2-Clause
/*
 * Generates a function that makes a system call, like a compiler at run time, and writes its name to /tmp/perf-PID.map.
 * It calls it from main(); then it generates another one at the next address, which gets its name later, and calls that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* push %rbp; mov %rsp,%rbp; mov $17 (pread64),%eax; mov %rcx,%r10; syscall; pop %rbp; ret */
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xb8, 17, 0, 0, 0, 0x49, 0x89, 0xca, 0x0f, 0x05,
	0x5d, 0xc3 };

typedef long (*reader)(int fd, void *to, size_t bytes, long at);

static reader generate(FILE *map, unsigned char *page, unsigned nth, const char *name)
{
	unsigned char *at = page + nth * sizeof(code);
	memcpy(at, code, sizeof(code));
	fprintf(map, "%lx %zx %s\n", (unsigned long)at, sizeof(code), name);
	fflush(map);
	reader generated;
	memcpy(&generated, &at, sizeof(at));
	return generated;
}

int main(void)
{
	char path[64], byte;
	int fd = open("/dev/zero", O_RDONLY);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	FILE *map = fopen(path, "we");
	unsigned char *page =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!map || page == MAP_FAILED)
		return 2;
	long got = generate(map, page, 0, "generated first")(fd, &byte, 1, 1);
	got += generate(map, page, 1, "generated second")(fd, &byte, 1, 2);
	fclose(map); /* the file stays, for a tracer that comes late; the caller removes it */
	return got != 2;
}
