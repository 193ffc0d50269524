/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cost of a hit: pb_get and pb_release of cached models, with 16, 256 and 4096 of them, compared with
 * a plain uthash look-up of the same keys. Rounds of all kinds are interleaved, so that other load on the
 * machine affects them equally.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "bundle/pagedbundle.h"

enum { ROUNDS = 41, OPS = 100000, SIZES = 3, KINDS = 3 };
static const unsigned int sizes[SIZES] = { 16, 256, 4096 };
static const char *const kinds[KINDS] = { "hit, LRU", "hit, LFU", "uthash" };

struct plain {
	char name[32];
	void *data;
	UT_hash_handle hh;
};

struct set {
	unsigned int models;
	struct pb_paged *paged[2];
	struct plain *table;
	struct plain *items;
	const char *keys[OPS];
	double ns[KINDS][ROUNDS];
};

static void must(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "bench_hits: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
		exit(EXIT_FAILURE);
	}
}

static struct pb_paged *open_all(const char *path, enum pb_policy policy)
{
	struct pb_config config;
	struct pb_paged *paged;
	struct pb_view view;
	pb_config_init(&config);
	config.prefetch = false;
	config.policy = policy;
	must(pb_open(path, &config, &paged), path);
	for (size_t i = 0; i < pb_count(paged); i++) {
		must(pb_get_at(paged, i, &view), path);
		pb_release(&view);
	}
	return paged;
}

static void prepare(struct set *s, unsigned int models)
{
	char path[] = "/tmp/bench_hits-XXXXXX";
	struct pb_bundle *bundle = pb_bundle_new();
	int fd = mkstemp(path);
	if (fd < 0 || !bundle)
		exit(EXIT_FAILURE);
	close(fd);
	s->models = models;
	s->items = calloc(models, sizeof(*s->items));
	for (unsigned int i = 0; i < models; i++) {
		snprintf(s->items[i].name, sizeof(s->items[i].name), "layer.%u.weight", i);
		must(pb_bundle_add(bundle, s->items[i].name, &i, sizeof(i)), "add");
		HASH_ADD_STR(s->table, name, &s->items[i]);
	}
	must(pb_bundle_save(bundle, path), path);
	pb_bundle_free(bundle);
	s->paged[0] = open_all(path, PB_POLICY_LRU);
	s->paged[1] = open_all(path, PB_POLICY_LFU);
	unlink(path);
	unsigned int seed = 1;
	for (unsigned int i = 0; i < OPS; i++) {
		seed = seed * 1103515245u + 12345u;
		s->keys[i] = s->items[(seed >> 8) % models].name;
	}
}

static double now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static const void *volatile sink;

static double time_hits(const struct set *s, struct pb_paged *paged)
{
	double start = now_ns();
	for (unsigned int i = 0; i < OPS; i++) {
		struct pb_view view;
		if (pb_get(paged, s->keys[i], &view) != PB_OK)
			exit(EXIT_FAILURE);
		sink = view.data;
		pb_release(&view);
	}
	return (now_ns() - start) / OPS;
}

static double time_plain(const struct set *s)
{
	double start = now_ns();
	for (unsigned int i = 0; i < OPS; i++) {
		struct plain *found;
		HASH_FIND_STR(s->table, s->keys[i], found);
		sink = found;
	}
	return (now_ns() - start) / OPS;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void check_hits(const struct set *s)
{
	for (int i = 0; i < 2; i++) {
		struct pb_stats stats;
		pb_stats_init(&stats);
		pb_stats_get(s->paged[i], &stats);
		if (stats.misses != s->models || stats.hits != (uint64_t)ROUNDS * OPS) {
			fprintf(stderr, "bench_hits: not all were hits\n");
			exit(EXIT_FAILURE);
		}
	}
}

int main(void)
{
	static struct set sets[SIZES];
	for (int i = 0; i < SIZES; i++)
		prepare(&sets[i], sizes[i]);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < SIZES; i++) {
			sets[i].ns[0][round] = time_hits(&sets[i], sets[i].paged[0]);
			sets[i].ns[1][round] = time_hits(&sets[i], sets[i].paged[1]);
			sets[i].ns[2][round] = time_plain(&sets[i]);
		}
	printf("%-10s %7s %8s %10s %9s\n", "get", "models", "ns min", "ns median", "x uthash");
	for (int k = 0; k < KINDS; k++)
		for (int i = 0; i < SIZES; i++) {
			struct set *s = &sets[i];
			qsort(s->ns[k], ROUNDS, sizeof(double), ascending);
			qsort(s->ns[2], ROUNDS, sizeof(double), ascending);
			printf("%-10s %7u %8.1f %10.1f %9.2f\n", kinds[k], s->models, s->ns[k][0],
				s->ns[k][ROUNDS / 2], s->ns[k][ROUNDS / 2] / s->ns[2][ROUNDS / 2]);
		}
	for (int i = 0; i < SIZES; i++) {
		check_hits(&sets[i]);
		pb_close(sets[i].paged[0]);
		pb_close(sets[i].paged[1]);
		HASH_CLEAR(hh, sets[i].table);
		free(sets[i].items);
	}
	return EXIT_SUCCESS;
}
