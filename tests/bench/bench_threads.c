/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hits in several threads: one thread, and as many as there are processors, with one handle and the same
 * models, alternating. Two figures: their total rate by the wall clock, which needs an otherwise idle
 * machine, and the processor time of a get, which does not, and shows whether threads wait for each
 * other's cache lines, but not whether they sleep.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle/pagedbundle.h"

enum { ROUNDS = 9, OPS = 4000000, THREADS_MAX = 64, SIZES = 3 };
static const unsigned int sizes[SIZES] = { 16, 256, 4096 };

struct run {
	struct pb_paged *paged;
	unsigned int models, seed;
	pthread_barrier_t *start;
	double from, to, cpu; /* seconds */
};

struct figures {
	double gets, ns; /* per second, in millions; processor time of each */
};

static double clock_now(clockid_t clock)
{
	struct timespec ts;
	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench_threads: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
		exit(EXIT_FAILURE);
	}
}

static struct pb_paged *open_all(unsigned int models, enum pb_policy policy)
{
	char path[] = "/tmp/bench_threads-XXXXXX", name[32];
	struct pb_bundle *bundle = pb_bundle_new();
	struct pb_config config;
	struct pb_paged *paged;
	struct pb_view view;
	int fd = mkstemp(path);
	if (fd < 0 || !bundle)
		exit(EXIT_FAILURE);
	close(fd);
	for (unsigned int i = 0; i < models; i++) {
		snprintf(name, sizeof(name), "layer.%u.weight", i);
		must(pb_bundle_add(bundle, name, &i, sizeof(i)), "add");
	}
	must(pb_bundle_save(bundle, path), path);
	pb_bundle_free(bundle);
	pb_config_init(&config);
	config.prefetch = false;
	config.policy = policy;
	must(pb_open(path, &config, &paged), path);
	for (size_t i = 0; i < models; i++) {
		must(pb_get_at(paged, i, &view), path);
		pb_release(&view);
	}
	unlink(path);
	return paged;
}

static void *hits(void *arg)
{
	struct run *run = arg;
	unsigned int seed = run->seed;
	pthread_barrier_wait(run->start);
	run->from = clock_now(CLOCK_MONOTONIC);
	run->cpu = -clock_now(CLOCK_THREAD_CPUTIME_ID);
	for (unsigned int i = 0; i < OPS; i++) {
		struct pb_view view;
		seed = seed * 1103515245u + 12345u;
		if (pb_get_at(run->paged, (seed >> 8) % run->models, &view) != PB_OK)
			exit(EXIT_FAILURE);
		pb_release(&view);
	}
	run->cpu += clock_now(CLOCK_THREAD_CPUTIME_ID);
	run->to = clock_now(CLOCK_MONOTONIC);
	return NULL;
}

static struct figures measure(struct pb_paged *paged, unsigned int models, unsigned int threads)
{
	pthread_barrier_t start;
	pthread_t ids[THREADS_MAX];
	struct run runs[THREADS_MAX];
	double from = 1e300, to = 0, cpu = 0;
	pthread_barrier_init(&start, NULL, threads);
	for (unsigned int i = 0; i < threads; i++) {
		runs[i] = (struct run){ paged, models, i + 1, &start, 0, 0, 0 };
		if (pthread_create(&ids[i], NULL, hits, &runs[i]))
			exit(EXIT_FAILURE);
	}
	for (unsigned int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		from = runs[i].from < from ? runs[i].from : from;
		to = runs[i].to > to ? runs[i].to : to;
		cpu += runs[i].cpu;
	}
	pthread_barrier_destroy(&start);
	double gets = threads * (double)OPS;
	return (struct figures){ gets / (to - from) / 1e6, cpu / gets * 1e9 };
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(double), ascending);
	return values[ROUNDS / 2];
}

static void row(const char *policy, struct pb_paged *paged, unsigned int models, unsigned int threads)
{
	double gets[2][ROUNDS], ns[2][ROUNDS];
	for (int i = 0; i < ROUNDS; i++)
		for (int k = 0; k < 2; k++) {
			struct figures f = measure(paged, models, k ? threads : 1);
			gets[k][i] = f.gets;
			ns[k][i] = f.ns;
		}
	double one = median(gets[0]), all = median(gets[1]), ns_one = median(ns[0]), ns_all = median(ns[1]);
	printf("%-10s %7u %9.1f %9.1f %7.2fx %9.1f %9.1f %7.2fx\n", policy, models, one, all, all / one,
		ns_one, ns_all, threads * ns_one / ns_all);
}

int main(void)
{
	static const char *const names[] = { "hit, LRU", "hit, LFU" };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int threads = processors > THREADS_MAX ? THREADS_MAX : processors < 2 ? 2 : processors;
	printf("%-10s %7s %9s %4u thr. %8s %9s %4u thr. %8s\n", "", "models", "Mget/s: 1", threads, "",
		"cpu ns: 1", threads, "");
	for (int policy = PB_POLICY_LRU; policy <= PB_POLICY_LFU; policy++)
		for (int i = 0; i < SIZES; i++) {
			struct pb_paged *paged = open_all(sizes[i], (enum pb_policy)policy);
			row(names[policy], paged, sizes[i], threads);
			pb_close(paged);
		}
	return EXIT_SUCCESS;
}
