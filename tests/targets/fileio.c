/* SPDX-License-Identifier: BSD-2-Clause */
/* fileio DIR: makes the same plain file I/O in each run, with failing calls, for the comparison of tracers. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char bytes[512];

static void read_and_write(int fd)
{
	struct iovec parts[2] = { { bytes, 100 }, { bytes, 28 } };
	(void)!ftruncate(fd, 65536);
	for (int i = 0; i < 200; i++) {
		lseek(fd, i * 64, SEEK_SET);
		(void)!read(fd, bytes, (size_t)(1 + i));
	}
	(void)!pread(fd, bytes, 10, 1000);
	(void)!pwrite(fd, bytes, 10, 60000);
	(void)!readv(fd, parts, 2);
	(void)!writev(fd, parts, 2);
	fsync(fd);
	fdatasync(fd);
	lseek(fd, -1, SEEK_SET); /* EINVAL */
	lseek(fd, 0, SEEK_END);
	(void)!read(fd, bytes, 1); /* end of file: 0 */
}

static void descriptors(int fd)
{
	int ends[2], copy = dup(fd);
	dup2(fd, 40);
	fcntl(40, F_GETFL);
	close(copy);
	close(40);
	close(40);                 /* EBADF */
	(void)!read(40, bytes, 1); /* EBADF */
	ioctl(fd, FIONREAD, &(int){ 0 });
	ioctl(fd, TIOCGWINSZ, bytes); /* ENOTTY */
	(void)!pipe(ends);
	(void)!write(ends[1], bytes, 5);
	poll(&(struct pollfd){ .fd = ends[0], .events = POLLIN }, 1, 0);
	(void)!read(ends[0], bytes, 10);
	close(ends[0]);
	close(ends[1]);
}

static void names(void)
{
	struct stat st;
	(void)!open("missing", O_RDONLY); /* ENOENT */
	stat("missing", &st);
	access("a", R_OK | W_OK);
	mkdir("d", 0755);
	mkdir("d", 0755); /* EEXIST */
	(void)!symlink("a", "d/link");
	(void)!readlink("d/link", bytes, sizeof(bytes));
	lstat("d/link", &st);
	(void)!open("a/b", O_RDONLY); /* ENOTDIR */
	DIR *dir = opendir("d");
	while (dir && readdir(dir))
		;
	closedir(dir);
	rename("d/link", "link");
	unlink("link");
	rmdir("d");
	unlink("a");
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]))
		return 2;
	int fd = open("a", O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		return 1;
	read_and_write(fd);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	madvise(map, 4096, MADV_WILLNEED);
	munmap(map, 4096);
	descriptors(fd);
	names();
	return close(fd);
}
