/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policies compared: their misses on the traces of the tests, next to LRU and the optimal policy,
 * which knows the future; the bytes they load for models of different sizes; and the cost of their
 * bookkeeping for a hit and a miss.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle/pagedbundle.h"
#include "tests/reference/reference.h"
#include "tests/reference/traces.h"

enum {
	POLICIES = PB_POLICY_AUTO + 1,
	ROOMS = 8,
	EVEN_BYTES = 256,
	TIMED_MODELS = 1024,
	ROUNDS = 21,
	GETS = 100000
};

static const int rooms[ROOMS] = { 8, 16, 32, 48, 64, 96, 128, 192 };

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench_policies: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
		exit(EXIT_FAILURE);
	}
}

/* A bundle with models of these sizes; the file is gone once the caller has unlinked it. */
static void make_bundle(char *path, int models, const uint64_t *sizes)
{
	static char data[1 << 20];
	struct pb_bundle *bundle = pb_bundle_new();
	int fd = mkstemp(path);
	if (fd < 0 || !bundle)
		must(PB_ERR_IO, path);
	close(fd);
	for (int i = 0; i < models; i++) {
		char name[32];
		snprintf(name, sizeof(name), "m%d", i);
		must(pb_bundle_add(bundle, name, data, (size_t)sizes[i]), name);
	}
	must(pb_bundle_save(bundle, path), path);
	pb_bundle_free(bundle);
}

static struct pb_paged *open_with(const char *path, int policy, uint64_t limit)
{
	struct pb_config config;
	struct pb_paged *paged;
	pb_config_init(&config);
	config.prefetch = false;
	config.raw_limit = true;
	config.max_memory = limit;
	config.policy = (enum pb_policy)policy;
	must(pb_open(path, &config, &paged), path);
	return paged;
}

static void get(struct pb_paged *paged, int model)
{
	struct pb_view view;
	must(pb_get_at(paged, (size_t)model, &view), "get");
	pb_release(&view);
}

static struct pb_stats run(const char *path, int policy, uint64_t limit, const struct trace *trace)
{
	struct pb_paged *paged = open_with(path, policy, limit);
	struct pb_stats stats;
	for (int i = 0; i < TRACE_LENGTH; i++)
		get(paged, trace->models[i]);
	pb_stats_init(&stats);
	pb_stats_get(paged, &stats);
	pb_close(paged);
	return stats;
}

static void print_heads(const char *first, const char *last)
{
	printf("%-14s", first);
	for (int policy = 0; policy < POLICIES; policy++)
		printf(" %7s", pb_policy_name((enum pb_policy)policy));
	printf(" %7s\n", last);
}

static void even_sizes(void)
{
	char path[] = "/tmp/bench_policies-XXXXXX";
	static struct trace trace;
	uint64_t sizes[TRACE_MODELS];
	for (int i = 0; i < TRACE_MODELS; i++)
		sizes[i] = EVEN_BYTES;
	make_bundle(path, TRACE_MODELS, sizes);
	print_heads("% missed", "Belady");
	for (int kind = 0; kind < TRACES; kind++) {
		trace_fill(&trace, (enum trace_kind)kind);
		for (int i = 0; i < ROOMS; i++) {
			printf("%-6s for %3d", trace.name, rooms[i]);
			for (int policy = 0; policy < POLICIES; policy++) {
				uint64_t limit = (uint64_t)rooms[i] * EVEN_BYTES;
				printf(" %7.1f",
					(double)run(path, policy, limit, &trace).misses * 100 / TRACE_LENGTH);
			}
			uint64_t least = reference_belady(trace.models, TRACE_LENGTH, rooms[i]);
			printf(" %7.1f\n", (double)least * 100 / TRACE_LENGTH);
		}
	}
	unlink(path);
}

/* From 1 KiB to 512 KiB, each power of two equally often, independent of the rank. */
static void many_sizes(void)
{
	char path[] = "/tmp/bench_policies-XXXXXX";
	static struct trace trace;
	uint64_t sizes[TRACE_MODELS], sum = 0, asked = 0;
	for (int i = 0; i < TRACE_MODELS; i++)
		sum += sizes[i] = 1024ull << i * 7 % 10;
	make_bundle(path, TRACE_MODELS, sizes);
	trace_fill(&trace, TRACE_ZIPF);
	for (int i = 0; i < TRACE_LENGTH; i++)
		asked += sizes[trace.models[i]];
	print_heads("sizes 1-512K", "");
	for (int share = 5; share <= 40; share *= 2) {
		struct pb_stats stats[POLICIES];
		for (int policy = 0; policy < POLICIES; policy++)
			stats[policy] = run(path, policy, sum * (uint64_t)share / 100, &trace);
		printf("%3d%%, missed  ", share);
		for (int policy = 0; policy < POLICIES; policy++)
			printf(" %7.1f", (double)stats[policy].misses * 100 / TRACE_LENGTH);
		printf("\n      bytes   ");
		for (int policy = 0; policy < POLICIES; policy++)
			printf(" %7.1f", (double)stats[policy].bytes_loaded * 100 / (double)asked);
		printf("\n");
	}
	unlink(path);
}

static double now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* Nanoseconds for each get of this mix; the mix is the same every time. */
static double time_gets(struct pb_paged *paged, const int *models)
{
	double start = now_ns();
	for (int i = 0; i < GETS; i++)
		get(paged, models[i]);
	return (now_ns() - start) / GETS;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Rounds of all policies are interleaved, so that other load on the machine affects them equally. */
static void times(const char *what, const char *path, uint64_t limit, const int *models)
{
	static double ns[POLICIES][ROUNDS];
	struct pb_paged *paged[POLICIES];
	for (int policy = 0; policy < POLICIES; policy++) {
		paged[policy] = open_with(path, policy, limit);
		time_gets(paged[policy], models); /* all that fits is resident */
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int policy = 0; policy < POLICIES; policy++)
			ns[policy][round] = time_gets(paged[policy], models);
	for (int which = 0; which < 2; which++) {
		printf("%-14s", which ? "        median" : what);
		for (int policy = 0; policy < POLICIES; policy++) {
			qsort(ns[policy], ROUNDS, sizeof(double), ascending);
			printf(" %7.1f", ns[policy][which ? ROUNDS / 2 : 0]);
		}
		printf("\n");
	}
	for (int policy = 0; policy < POLICIES; policy++)
		pb_close(paged[policy]);
}

static void bookkeeping(void)
{
	char path[] = "/tmp/bench_policies-XXXXXX";
	static uint64_t sizes[TIMED_MODELS];
	static int models[GETS];
	unsigned int seed = 1;
	for (int i = 0; i < TIMED_MODELS; i++)
		sizes[i] = EVEN_BYTES;
	for (int i = 0; i < GETS; i++) {
		seed = seed * 1103515245u + 12345u;
		models[i] = (int)((seed >> 8) % TIMED_MODELS);
	}
	make_bundle(path, TIMED_MODELS, sizes);
	print_heads("ns a get, min", "");
	times("all hits", path, TIMED_MODELS * EVEN_BYTES, models);
	times("half hits", path, TIMED_MODELS / 2 * EVEN_BYTES, models);
	unlink(path);
}

int main(void)
{
	even_sizes();
	printf("\n");
	many_sizes();
	printf("\n");
	bookkeeping();
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
