/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cold WAY FILE   removes FILE from the page cache, unless WAY is warm, reads it, and prints what it cost by its own
 *                 /proc/self/io, and what its disk counted meanwhile:  pid read_bytes disk_bytes
 * WAY: read, mmap, direct, uring, warm (read, as it is). A way that the machine cannot do ends with status 77.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { SKIPPED = 77, PIECE = 1 << 20, PAGE = 4096 };

static void must(int fine, const char *what)
{
	if (fine)
		return;
	perror(what);
	exit(1);
}

/* What the block layer has read for this process. */
static uint64_t read_for_us(void)
{
	char line[128];
	uint64_t bytes = 0;
	FILE *file = fopen("/proc/self/io", "re");
	must(file != NULL, "/proc/self/io");
	while (fgets(line, sizeof(line), file))
		sscanf(line, "read_bytes: %" SCNu64, &bytes);
	fclose(file);
	return bytes;
}

/* What the disk of a file has read for anyone; 0: it has none. */
static uint64_t disk_read(const struct stat *st)
{
	char path[64];
	uint64_t sectors = 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(st->st_dev), minor(st->st_dev));
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%*u %*u %" SCNu64, &sectors) != 1)
		exit(SKIPPED);
	fclose(file);
	return sectors * 512;
}

static void read_all(int fd, char *to)
{
	ssize_t got;
	must(lseek(fd, 0, SEEK_SET) == 0, "lseek");
	do {
		got = read(fd, to, PIECE);
		must(got >= 0, "read");
	} while (got > 0);
}

static void read_uring(int fd, off_t size, char *to)
{
	struct io_uring ring;
	if (io_uring_queue_init(8, &ring, 0))
		exit(SKIPPED);
	for (off_t at = 0; at < size; at += PIECE) {
		struct io_uring_cqe *cqe;
		io_uring_prep_read(io_uring_get_sqe(&ring), fd, to, PIECE, (__u64)at);
		must(io_uring_submit(&ring) == 1 && io_uring_wait_cqe(&ring, &cqe) == 0 && cqe->res > 0,
			"io_uring");
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
}

static void touch_all(int fd, off_t size)
{
	volatile const char *at = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
	must(at != MAP_FAILED, "mmap");
	for (off_t i = 0; i < size; i += PAGE)
		(void)at[i];
}

int main(int argc, char **argv)
{
	const char *way = argc == 3 ? argv[1] : "";
	int fd = argc == 3 ? open(argv[2], O_RDONLY | (strcmp(way, "direct") == 0 ? O_DIRECT : 0)) : -1;
	struct stat st;
	char *to = aligned_alloc(PAGE, PIECE);
	must(fd >= 0 && fstat(fd, &st) == 0 && to, "cold WAY FILE");
	memset(to, 1, PIECE); /* its pages come now */
	if (strcmp(way, "warm") != 0)
		must(fdatasync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0, "fadvise");
	uint64_t ours = read_for_us(), disk = disk_read(&st);
	if (strcmp(way, "mmap") == 0)
		touch_all(fd, st.st_size);
	else if (strcmp(way, "uring") == 0)
		read_uring(fd, st.st_size, to);
	else
		read_all(fd, to);
	ours = read_for_us() - ours;
	printf("%d %" PRIu64 " %" PRIu64 "\n", getpid(), ours, disk_read(&st) - disk);
	free(to);
	return 0;
}
