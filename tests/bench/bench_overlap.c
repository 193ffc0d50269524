/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 64 models from a cold page cache: pb_get_many, the same gets one after another, and a plain io_uring
 * reader of the same bytes, alternating. And the time that prefetching in the background hides: a round of
 * models, each followed by some work, without prefetch, with it, and with nothing to load.
 */
#include <fcntl.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle/pagedbundle.h"

enum { MODELS = 64, SIZE = 1 << 20, ROUNDS = 7, LAPS = 3, LARGE = 4 << 20, FEW = 16 };

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench_overlap: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
		exit(EXIT_FAILURE);
	}
}

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void make(const char *path, size_t models, size_t size)
{
	struct pb_writer *w;
	char *bytes = calloc(1, size), name[32];
	must(pb_writer_open(path, &w), path);
	for (size_t i = 0; i < models; i++)
		must(pb_writer_add(w, name, (size_t)snprintf(name, sizeof(name), "%zu", i), size), path);
	for (size_t i = 0; i < models; i++) {
		memset(bytes, (int)i, size);
		must(pb_writer_write(w, bytes, size), path);
	}
	must(pb_writer_commit(w), path);
	free(bytes);
}

static struct pb_paged *open_with(const char *path, uint64_t limit, bool ahead)
{
	struct pb_config config;
	struct pb_paged *paged;
	pb_config_init(&config);
	config.max_memory = limit;
	config.prefetch = ahead;
	config.predict = PB_PREDICT_MARKOV;
	config.prefetch_background = true;
	config.prefetch_count = 4;
	config.prefetch_bytes = limit / 2;
	must(pb_open(path, &config, &paged), path);
	return paged;
}

/* --- cold --- */

static double time_gets(const char *path, int fd, bool together)
{
	struct pb_paged *paged = open_with(path, (uint64_t)4 * MODELS * SIZE, false);
	struct pb_view views[MODELS];
	size_t models[MODELS];
	/* memory that was used before, as in a running service */
	for (size_t i = 0; i < MODELS; i++)
		models[i] = i;
	must(pb_get_many(paged, models, MODELS, views), "get");
	for (size_t i = 0; i < MODELS; i++)
		pb_release(&views[i]);
	pb_clear(paged);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	double start = now();
	if (together)
		must(pb_get_many(paged, models, MODELS, views), "get");
	for (size_t i = 0; i < MODELS && !together; i++)
		must(pb_get_at(paged, i, &views[i]), "get");
	double seconds = now() - start;
	for (size_t i = 0; i < MODELS; i++)
		pb_release(&views[i]);
	must(pb_close(paged), "close");
	return seconds;
}

static double time_plain(struct io_uring *ring, int fd, uint64_t offset, char *buffer)
{
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	double start = now();
	for (int i = 0; i < MODELS; i++)
		io_uring_prep_read(io_uring_get_sqe(ring), fd, buffer + (size_t)i * SIZE, SIZE,
			offset + (uint64_t)i * SIZE);
	io_uring_submit_and_wait(ring, MODELS);
	double seconds = now() - start;
	for (int i = 0; i < MODELS; i++) {
		struct io_uring_cqe *cqe;
		if (io_uring_wait_cqe(ring, &cqe) < 0 || cqe->res != SIZE) {
			fprintf(stderr, "bench_overlap: a short read\n");
			exit(EXIT_FAILURE);
		}
		io_uring_cqe_seen(ring, cqe);
	}
	return seconds;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(double), ascending);
	return values[count / 2];
}

static uint64_t first_offset(const char *path)
{
	struct pb_paged *paged = open_with(path, 1 << 20, false);
	struct pb_model model;
	must(pb_model_at(paged, 0, &model), "model");
	pb_close(paged);
	return model.offset;
}

static void cold(const char *path)
{
	double many[ROUNDS], one[ROUNDS], plain[ROUNDS];
	struct io_uring ring;
	make(path, MODELS, SIZE);
	sync();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buffer = aligned_alloc(4096, (size_t)MODELS * SIZE);
	uint64_t offset = first_offset(path);
	if (fd < 0 || !buffer || io_uring_queue_init(MODELS, &ring, 0) < 0) {
		puts("no io_uring here");
		return;
	}
	memset(buffer, 1, (size_t)MODELS * SIZE);
	for (int i = 0; i < ROUNDS; i++) {
		many[i] = time_gets(path, fd, true);
		plain[i] = time_plain(&ring, fd, offset, buffer);
		one[i] = time_gets(path, fd, false);
	}
	double m = median(many, ROUNDS), p = median(plain, ROUNDS), o = median(one, ROUNDS);
	printf("%-34s %9s %9s\n", "64 cold models of 1 MiB", "ms", "speed");
	printf("%-34s %9.2f %8.2fx\n", "plain io_uring reader", p * 1e3, 1.0);
	printf("%-34s %9.2f %8.2fx\n", "pb_get_many", m * 1e3, p / m);
	printf("%-34s %9.2f %8.2fx\n", "pb_get, one after another", o * 1e3, p / o);
	io_uring_queue_exit(&ring);
	free(buffer);
	close(fd);
}

/* --- prefetch --- */

/* As if another device worked: the processor is idle. */
static void pause_for(double seconds)
{
	struct timespec ts = { .tv_nsec = (long)(seconds * 1e9) };
	nanosleep(&ts, NULL);
}

/* Makes the model's next load come from the disk. */
static void chill(struct pb_paged *paged, int fd, size_t index)
{
	struct pb_model model;
	must(pb_model_at(paged, index, &model), "model");
	posix_fadvise(fd, (off_t)model.offset, (off_t)model.size, POSIX_FADV_DONTNEED);
}

/* Seconds of the laps after the first `warm` ones. */
static double laps(struct pb_paged *paged, int fd, int warm, double work)
{
	double start = 0;
	for (int lap = 0; lap < warm + LAPS; lap++) {
		if (lap == warm)
			start = now();
		for (size_t i = 0; i < FEW; i++) {
			struct pb_view view;
			must(pb_get_at(paged, i * 5 % FEW, &view), "get");
			pause_for(work);
			pb_release(&view);
			chill(paged, fd, i * 5 % FEW);
		}
	}
	return now() - start;
}

static void hiding(const char *path)
{
	double without[ROUNDS], with[ROUNDS], resident[ROUNDS];
	make(path, FEW, LARGE);
	sync();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct pb_paged *all = open_with(path, (uint64_t)2 * FEW * LARGE, false);
	double work = 0.006; /* longer than a load takes */
	struct pb_stats stats;
	pb_stats_init(&stats);
	for (int i = 0; i < ROUNDS; i++) {
		struct pb_paged *none = open_with(path, (uint64_t)8 * LARGE, false);
		struct pb_paged *ahead = open_with(path, (uint64_t)8 * LARGE, true);
		without[i] = laps(none, fd, 2, work);
		with[i] = laps(ahead, fd, 3, work);
		resident[i] = laps(all, fd, 1, work);
		pb_stats_get(ahead, &stats);
		pb_close(none);
		pb_close(ahead);
	}
	double n = median(without, ROUNDS), w = median(with, ROUNDS), r = median(resident, ROUNDS);
	printf("\n%-34s %9s\n", "16 models of 4 MiB, from the disk", "ms");
	printf("%-34s %9.2f\n%-34s %9.2f\n%-34s %9.2f\n", "nothing to load", r * 1e3, "no prefetch", n * 1e3,
		"Markov chain, in the background", w * 1e3);
	printf("load time hidden: %.0f%%, of the last round's prefetches %llu used, %llu wasted\n",
		100 * (n - w) / (n - r), (unsigned long long)stats.prefetch_used,
		(unsigned long long)stats.prefetch_wasted);
	pb_close(all);
	close(fd);
}

int main(void)
{
	char path[] = "/tmp/bench_overlap-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	cold(path);
	hiding(path);
	unlink(path);
	return EXIT_SUCCESS;
}
