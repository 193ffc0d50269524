/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * uring FOLDER CASE   makes requests of io_uring, and writes what it asked for and got to FOLDER/log, a line each:
 *                     name, user_data, result, offset, length, path
 * A case that the machine cannot do ends with status 77.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SKIPPED = 77, BLOCK = 4096, FILE_BLOCKS = 64, ASKED_MAX = 65536 };

/* What was asked for, by user_data. */
struct asked {
	const char *name;
	unsigned long long offset, length;
	const char *path;
};

static struct asked asked[ASKED_MAX];
static unsigned next;
static FILE *log_file;
static struct io_uring ring;
static char *memory; /* FILE_BLOCKS blocks, aligned */
static char data_path[512], other_path[512];

static void must(long result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "uring: %s: %s\n", what, strerror((int)-result));
	exit(result == -EINVAL || result == -EOPNOTSUPP || result == -ENOSYS || result == -EPERM ? SKIPPED
												 : 1);
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);
	must(fd < 0 ? -errno : fd, path);
	return fd;
}

static void make_ring(unsigned entries, unsigned flags)
{
	must(io_uring_queue_init(entries, &ring, flags), "io_uring_queue_init");
}

/* The next request, whose user_data is its number. */
static struct io_uring_sqe *sqe_of(struct io_uring *in)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(in);
	if (!sqe)
		abort();
	return sqe;
}

static void note(struct io_uring_sqe *sqe, const char *name, unsigned long long offset,
	unsigned long long length, const char *path)
{
	unsigned id = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
	if (id >= ASKED_MAX)
		abort();
	asked[id] = (struct asked){ name, offset, length, path };
	io_uring_sqe_set_data64(sqe, id);
}

static void take(struct io_uring *in, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct io_uring_cqe *cqe;
		must(io_uring_wait_cqe(in, &cqe), "io_uring_wait_cqe");
		const struct asked *a = &asked[cqe->user_data];
		fprintf(log_file, "%s %llu %d %llu %llu %s\n", a->name, (unsigned long long)cqe->user_data,
			cqe->res, a->offset, a->length, a->path ? a->path : "-");
		io_uring_cqe_seen(in, cqe);
	}
}

static void run(unsigned count)
{
	must(io_uring_submit(&ring), "io_uring_submit");
	take(&ring, count);
}

static void read_at(int fd, unsigned length, unsigned long long offset, const char *path, unsigned flags)
{
	struct io_uring_sqe *sqe = sqe_of(&ring);
	io_uring_prep_read(sqe, fd, memory, length, offset);
	sqe->flags |= flags;
	note(sqe, "read", offset, length, path);
}

/* ---- cases ---- */

static void buffered(void)
{
	int fd = opened(data_path, O_RDWR), other = opened(other_path, O_RDWR | O_CREAT | O_TRUNC);
	make_ring(64, 0);
	for (unsigned i = 0; i < 300; i++) {
		read_at(fd, 512 + i, (i * 7919ull) % (FILE_BLOCKS * BLOCK), data_path, 0);
		struct io_uring_sqe *sqe = sqe_of(&ring);
		io_uring_prep_write(sqe, other, memory, 100 + i, i * 1000ull);
		note(sqe, "write", i * 1000ull, 100 + i, other_path);
		run(2);
	}
	struct io_uring_sqe *sqe = sqe_of(&ring);
	io_uring_prep_fsync(sqe, other, 0);
	note(sqe, "fsync", 0, 0, other_path);
	/* beyond the end: 0; across it: less than asked for */
	read_at(fd, 100, 1ull << 30, data_path, 0);
	read_at(fd, 2 * BLOCK, (FILE_BLOCKS - 1) * BLOCK, data_path, 0);
	run(3);
}

static void direct(void)
{
	int fd = opened(data_path, O_RDONLY | O_DIRECT);
	make_ring(64, 0);
	for (unsigned i = 0; i < 32; i++)
		read_at(fd, BLOCK, (unsigned long long)(i * 13 % FILE_BLOCKS) * BLOCK, data_path, 0);
	run(32);
	read_at(fd, 100, 1, data_path, 0); /* not aligned: EINVAL, or served all the same */
	run(1);
}

static void registered(void)
{
	int fds[2] = { opened(data_path, O_RDONLY), opened(other_path, O_RDWR | O_CREAT | O_TRUNC) };
	struct iovec buffer = { memory, FILE_BLOCKS * BLOCK };
	make_ring(64, 0);
	must(io_uring_register_files(&ring, fds, 2), "io_uring_register_files");
	must(io_uring_register_buffers(&ring, &buffer, 1), "io_uring_register_buffers");
	close(fds[0]);
	close(fds[1]);
	for (unsigned i = 0; i < 16; i++) {
		struct io_uring_sqe *sqe = sqe_of(&ring);
		io_uring_prep_read_fixed(sqe, 0, memory, 1000 + i, i * 5000ull, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		note(sqe, "read_fixed", i * 5000ull, 1000 + i, data_path);
		sqe = sqe_of(&ring);
		io_uring_prep_write_fixed(sqe, 1, memory, 700 + i, i * 700ull, 0);
		sqe->flags |= IOSQE_FIXED_FILE;
		note(sqe, "write_fixed", i * 700ull, 700 + i, other_path);
		run(2);
	}
}

static void vectors(void)
{
	static struct iovec parts[100];
	int fd = opened(data_path, O_RDONLY);
	make_ring(8, 0);
	for (unsigned i = 0; i < 100; i++)
		parts[i] = (struct iovec){ memory + i, 10 + i };
	for (unsigned count = 1; count <= 100; count += 33) {
		unsigned long long length = 0;
		struct io_uring_sqe *sqe = sqe_of(&ring);
		for (unsigned i = 0; i < count; i++)
			length += parts[i].iov_len;
		io_uring_prep_readv(sqe, fd, parts, count, 8000);
		note(sqe, "readv", 8000, length, data_path);
		run(1);
	}
}

static void polled_queue(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(64, IORING_SETUP_SQPOLL);
	must(io_uring_register_files(&ring, &fd, 1), "io_uring_register_files");
	for (unsigned i = 0; i < 40; i++) {
		read_at(0, BLOCK, (unsigned long long)(i % FILE_BLOCKS) * BLOCK, data_path, IOSQE_FIXED_FILE);
		run(1);
	}
}

static void linked(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(8, 0);
	read_at(fd, BLOCK, 0, data_path, IOSQE_IO_LINK);
	read_at(fd, BLOCK, BLOCK, data_path, IOSQE_IO_LINK);
	read_at(-1, BLOCK, 0, NULL, IOSQE_IO_LINK); /* EBADF ... */
	read_at(fd, BLOCK, 0, NULL, 0);             /* ... so this one is canceled */
	run(4);
}

static void workers(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(64, 0);
	for (unsigned i = 0; i < 48; i++)
		read_at(fd, BLOCK + i, i * 100ull, data_path, IOSQE_ASYNC);
	run(48);
}

static void canceled(void)
{
	int ends[2];
	must(pipe(ends), "pipe");
	make_ring(8, 0);
	read_at(ends[0], 10, 0, "pipe", 0);
	must(io_uring_submit(&ring), "io_uring_submit");
	struct io_uring_sqe *sqe = sqe_of(&ring);
	io_uring_prep_cancel64(sqe, 0, 0);
	note(sqe, "async_cancel", 0, 0, NULL);
	run(2);
}

/* Two that succeed and ask for no completion, one that fails and so completes. */
static void silent(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(8, 0);
	if (!(ring.features & IORING_FEAT_CQE_SKIP))
		exit(SKIPPED);
	for (unsigned i = 0; i < 2; i++) {
		read_at(fd, BLOCK, 0, data_path, IOSQE_CQE_SKIP_SUCCESS);
		must(io_uring_submit(&ring), "io_uring_submit");
	}
	read_at(-1, BLOCK, 0, NULL, IOSQE_CQE_SKIP_SUCCESS);
	run(1);
}

/* Submitted long before it completes: until a line comes from standard input. */
static void earlier(void)
{
	int ends[2];
	must(pipe(ends), "pipe");
	make_ring(8, 0);
	read_at(ends[0], 10, 0, "pipe", 0);
	must(io_uring_submit(&ring), "io_uring_submit");
	printf("ready %d\n", getpid());
	fflush(stdout);
	getchar();
	must(write(ends[1], "0123456789", 10), "write");
	take(&ring, 1);
	read_at(opened(data_path, O_RDONLY), 100, 200, data_path, 0);
	run(1);
}

static void own_position(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(8, 0);
	for (unsigned i = 0; i < 4; i++) {
		struct io_uring_sqe *sqe = sqe_of(&ring);
		io_uring_prep_read(sqe, fd, memory, 1000, -1ull);
		note(sqe, "read", i * 1000ull, 1000, data_path);
		run(1);
	}
}

static void names(void)
{
	struct io_uring_sqe *sqe;
	make_ring(8, 0);
	sqe = sqe_of(&ring);
	io_uring_prep_openat(sqe, AT_FDCWD, data_path, O_RDONLY, 0);
	note(sqe, "openat", 0, 0, data_path);
	run(1);
	sqe = sqe_of(&ring);
	io_uring_prep_openat(sqe, AT_FDCWD, "/missing", O_RDONLY, 0);
	note(sqe, "openat", 0, 0, NULL);
	run(1);
	sqe = sqe_of(&ring);
	io_uring_prep_nop(sqe);
	note(sqe, "nop", 0, 0, NULL);
	run(1);
}

static void polled(void)
{
	int fd = opened(data_path, O_RDONLY | O_DIRECT);
	make_ring(8, IORING_SETUP_IOPOLL);
	for (unsigned i = 0; i < 8; i++) {
		read_at(fd, BLOCK, (unsigned long long)i * BLOCK, data_path, 0);
		run(1);
	}
}

static void *submit_some(void *arg)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int fd = *(int *)arg;
	for (unsigned i = 0; i < 100; i++) {
		pthread_mutex_lock(&lock);
		read_at(fd, 600 + i, i * 512ull, data_path, i % 3 ? 0 : IOSQE_ASYNC);
		run(1);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void threads(void)
{
	pthread_t made[3];
	int fd = opened(data_path, O_RDONLY);
	make_ring(8, 0);
	for (unsigned i = 0; i < 3; i++)
		pthread_create(&made[i], NULL, submit_some, &fd);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(made[i], NULL);
}

/* Many quick ones, for what a hook costs. */
static void storm(void)
{
	int fd = opened(data_path, O_RDONLY);
	make_ring(64, 0);
	for (unsigned round = 0; round < 20000; round++) {
		struct io_uring_cqe *cqe;
		for (unsigned i = 0; i < 32; i++)
			io_uring_prep_read(sqe_of(&ring), fd, memory, 512, i * 512ull);
		must(io_uring_submit_and_wait(&ring, 32), "io_uring_submit_and_wait");
		for (unsigned i = 0; i < 32; i++) {
			must(io_uring_wait_cqe(&ring, &cqe), "io_uring_wait_cqe");
			io_uring_cqe_seen(&ring, cqe);
		}
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "buffered", buffered },
	{ "direct", direct },
	{ "registered", registered },
	{ "vectors", vectors },
	{ "polled_queue", polled_queue },
	{ "linked", linked },
	{ "workers", workers },
	{ "canceled", canceled },
	{ "silent", silent },
	{ "earlier", earlier },
	{ "own_position", own_position },
	{ "names", names },
	{ "polled", polled },
	{ "threads", threads },
	{ "storm", storm },
};

static void make_data(void)
{
	int fd = opened(data_path, O_WRONLY | O_CREAT | O_TRUNC);
	memset(memory, 'x', FILE_BLOCKS * BLOCK);
	must(write(fd, memory, FILE_BLOCKS * BLOCK) < 0 ? -errno : 0, data_path);
	close(fd);
}

int main(int argc, char **argv)
{
	char path[512];
	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/log", argv[1]);
	snprintf(data_path, sizeof(data_path), "%s/data", argv[1]);
	snprintf(other_path, sizeof(other_path), "%s/other", argv[1]);
	log_file = fopen(path, "we");
	memory = aligned_alloc(BLOCK, FILE_BLOCKS * BLOCK);
	if (!log_file || !memory)
		return 1;
	make_data();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[2]) == 0) {
			cases[i].run();
			return fclose(log_file) ? 1 : 0;
		}
	return 2;
}
