/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cost of a miss: pb_get of models that are never cached, from 4 KiB to 64 MiB, compared with pread
 * into one reused buffer and memcpy of as many bytes. All are in the page cache. Rounds are interleaved;
 * ratios are of medians in this run.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle/pagedbundle.h"

enum { ROUNDS = 30, LEAST = 4, TOTAL = 32 << 20 };
static const size_t sizes[] = { 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20,
	64 << 20 };

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench_loads: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
		exit(EXIT_FAILURE);
	}
}

static double now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void make(const char *path, size_t models, size_t size, char *bytes)
{
	struct pb_writer *w;
	must(pb_writer_open(path, &w), path);
	for (size_t i = 0; i < models; i++) {
		char name[32];
		must(pb_writer_add(w, name, (size_t)snprintf(name, sizeof(name), "%zu", i), size), path);
	}
	for (size_t i = 0; i < models; i++) {
		memset(bytes, (int)i, size);
		must(pb_writer_write(w, bytes, size), path);
	}
	must(pb_writer_commit(w), path);
}

/* The limit holds one model, so that each get evicts the previous one. */
static struct pb_paged *open_for_one(const char *path, size_t size)
{
	struct pb_config config;
	struct pb_paged *paged;
	pb_config_init(&config);
	config.prefetch = false;
	config.max_memory = size;
	must(pb_open(path, &config, &paged), path);
	return paged;
}

static double time_misses(struct pb_paged *paged, size_t models)
{
	double start = now_ns();
	for (size_t i = 0; i < models; i++) {
		struct pb_view view;
		must(pb_get_at(paged, i, &view), "get");
		pb_release(&view);
	}
	return (now_ns() - start) / (double)models;
}

static double time_pread(int fd, uint64_t at, char *buffer, size_t size, size_t models)
{
	double start = now_ns();
	for (size_t i = 0; i < models; i++)
		if (pread(fd, buffer, size, (off_t)(at + i * size)) != (ssize_t)size)
			exit(EXIT_FAILURE);
	return (now_ns() - start) / (double)models;
}

static double time_memcpy(char *to, const char *from, size_t size, size_t models)
{
	double start = now_ns();
	for (size_t i = 0; i < models; i++) {
		memcpy(to, from, size);
		__asm__ volatile("" : : "r"(to) : "memory");
	}
	return (now_ns() - start) / (double)models;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Allocated like the library's own buffers, and touched. */
static char *need(size_t size)
{
	char *buffer = aligned_alloc(64, size);
	if (!buffer)
		must(PB_ERR_MEMORY, "buffer");
	return memset(buffer, 1, size);
}

enum { MISS, PREAD, MEMCPY, KINDS };

static void must_all_be_misses(struct pb_paged *paged)
{
	struct pb_stats stats;
	pb_stats_init(&stats);
	pb_stats_get(paged, &stats);
	if (stats.hits || !stats.misses) {
		fprintf(stderr, "bench_loads: not all were misses\n");
		exit(EXIT_FAILURE);
	}
}

static void measure(const char *path, size_t size)
{
	char *buffer = need(size), *from = need(size), *to = need(size);
	size_t models = size > TOTAL / LEAST ? LEAST : TOTAL / size;
	double ns[KINDS][ROUNDS], middle[KINDS];
	int rounds = size >= 16u << 20 ? 10 : ROUNDS;
	make(path, models, size, buffer);
	struct pb_paged *paged = open_for_one(path, size);
	struct pb_model first;
	must(pb_model_at(paged, 0, &first), "model");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	time_misses(paged, models);
	for (int round = 0; round < rounds; round++) {
		/* the second one finds the data in the processor's caches: they alternate */
		for (int turn = 0; turn < 2; turn++) {
			if (turn == round % 2)
				ns[MISS][round] = time_misses(paged, models);
			else
				ns[PREAD][round] = time_pread(fd, first.offset, buffer, size, models);
		}
		ns[MEMCPY][round] = time_memcpy(to, from, size, models);
	}
	must_all_be_misses(paged);
	for (int k = 0; k < KINDS; k++) {
		qsort(ns[k], (size_t)rounds, sizeof(double), ascending);
		middle[k] = ns[k][rounds / 2];
	}
	printf("%8zu %10.2f %10.2f %10.2f %12.2f %9.2f\n", size >> 10, middle[MISS] / 1e3,
		middle[PREAD] / 1e3, middle[MEMCPY] / 1e3, middle[PREAD] / middle[MISS],
		middle[MEMCPY] / middle[MISS]);
	close(fd);
	pb_close(paged);
	free(buffer);
	free(from);
	free(to);
}

int main(void)
{
	char path[] = "/tmp/bench_loads-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	printf("%8s %10s %10s %10s %12s %9s\n", "KiB", "miss us", "pread us", "memcpy us", "speed/pread",
		"/memcpy");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		measure(path, sizes[i]);
	unlink(path);
	return EXIT_SUCCESS;
}
