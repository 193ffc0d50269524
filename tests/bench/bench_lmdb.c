/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same gets by LMDB: 256 values of 64 KiB, asked for by name in random order, without and with looking at
 * every byte. LMDB hands out its mapping of the file and leaves it to the kernel what stays in memory; the
 * library is measured with all models in memory, with a quarter of them, and mapped.
 */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../bundle/pagedbundle.h"

enum { MODELS = 256, SIZE = 64 << 10, OPS = 20000, ROUNDS = 11 };

static char names[MODELS][32];
static char folder[] = "/tmp/bench_lmdb-XXXXXX";

static void must(int bad, const char *what)
{
	if (bad) {
		fprintf(stderr, "bench_lmdb: %s failed: %d\n", what, bad);
		exit(EXIT_FAILURE);
	}
}

static double now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void look(const void *data)
{
	const uint64_t *words = data;
	uint64_t sum = 0;
	for (size_t i = 0; i < SIZE / sizeof(*words); i++) {
		uint64_t word;
		memcpy(&word, &words[i], sizeof(word));
		sum += word;
	}
	__asm__ volatile("" : : "r"(sum));
}

static unsigned int draw(unsigned int *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % MODELS;
}

/* --- both stores, the same bytes --- */

static MDB_env *env;
static MDB_dbi dbi;

static void make_lmdb(const char *data)
{
	MDB_txn *txn;
	must(mdb_env_create(&env), "mdb_env_create");
	must(mdb_env_set_mapsize(env, (size_t)4 * MODELS * SIZE), "mdb_env_set_mapsize");
	must(mdb_env_open(env, folder, MDB_NOSYNC, 0600), "mdb_env_open");
	must(mdb_txn_begin(env, NULL, 0, &txn), "mdb_txn_begin");
	must(mdb_dbi_open(txn, NULL, 0, &dbi), "mdb_dbi_open");
	for (int i = 0; i < MODELS; i++) {
		MDB_val key = { strlen(names[i]), names[i] }, value = { SIZE, (void *)data };
		must(mdb_put(txn, dbi, &key, &value, 0), "mdb_put");
	}
	must(mdb_txn_commit(txn), "mdb_txn_commit");
}

static void make_bundle(const char *path, const char *data)
{
	struct pb_bundle *bundle = pb_bundle_new();
	for (int i = 0; i < MODELS; i++)
		must(pb_bundle_add(bundle, names[i], data, SIZE), "pb_bundle_add");
	must(pb_bundle_save(bundle, path), "pb_bundle_save");
	pb_bundle_free(bundle);
}

static struct pb_paged *open_bundle(const char *path, uint64_t limit, enum pb_read read)
{
	struct pb_config config;
	struct pb_paged *paged;
	pb_config_init(&config);
	config.max_memory = limit;
	config.prefetch = false;
	config.read = read;
	must(pb_open(path, &config, &paged), "pb_open");
	return paged;
}

/* --- one round each, nanoseconds a get --- */

static double time_lmdb(unsigned int seed, bool touch)
{
	MDB_txn *txn;
	double start = now_ns();
	must(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "mdb_txn_begin");
	for (int i = 0; i < OPS; i++) {
		const char *name = names[draw(&seed)];
		MDB_val key = { strlen(name), (void *)name }, value;
		must(mdb_get(txn, dbi, &key, &value), "mdb_get");
		if (touch)
			look(value.mv_data);
	}
	mdb_txn_abort(txn);
	return (now_ns() - start) / OPS;
}

static double time_bundle(struct pb_paged *paged, unsigned int seed, bool touch)
{
	double start = now_ns();
	for (int i = 0; i < OPS; i++) {
		struct pb_view view;
		must(pb_get(paged, names[draw(&seed)], &view), "pb_get");
		if (touch)
			look(view.data);
		pb_release(&view);
	}
	return (now_ns() - start) / OPS;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

enum { LMDB, ALL, QUARTER, MAPPED, KINDS };

static void measure(struct pb_paged *const bundles[KINDS], bool touch)
{
	static const char *const titles[KINDS] = { "LMDB", "all in memory", "a quarter in memory", "mapped" };
	double ns[KINDS][ROUNDS];
	for (int round = 0; round < ROUNDS; round++)
		for (int k = 0; k < KINDS; k++)
			ns[k][round] = k == LMDB ? time_lmdb((unsigned int)round, touch)
						 : time_bundle(bundles[k], (unsigned int)round, touch);
	for (int k = 0; k < KINDS; k++)
		qsort(ns[k], ROUNDS, sizeof(double), ascending);
	for (int k = 0; k < KINDS; k++)
		printf("%-24s %-12s %10.1f %8.2fx\n", titles[k], touch ? "looked at" : "", ns[k][ROUNDS / 2],
			ns[LMDB][ROUNDS / 2] / ns[k][ROUNDS / 2]);
}

int main(void)
{
	static char data[SIZE], path[64], file[2][64];
	must(!mkdtemp(folder), "mkdtemp");
	snprintf(path, sizeof(path), "%s/b.apbundle", folder);
	snprintf(file[0], sizeof(file[0]), "%s/data.mdb", folder);
	snprintf(file[1], sizeof(file[1]), "%s/lock.mdb", folder);
	for (int i = 0; i < MODELS; i++)
		snprintf(names[i], sizeof(names[i]), "layer.%d.weight", i);
	make_lmdb(data);
	make_bundle(path, data);
	uint64_t all = (uint64_t)MODELS * SIZE;
	struct pb_paged *bundles[KINDS] = { NULL, open_bundle(path, all, PB_READ_PREAD),
		open_bundle(path, all / 4, PB_READ_PREAD), open_bundle(path, all, PB_READ_MAPPED) };
	printf("%-24s %-12s %10s %9s\n", "256 models of 64 KiB", "", "ns a get", "speed");
	measure(bundles, false);
	measure(bundles, true);
	for (int k = ALL; k < KINDS; k++)
		must(pb_close(bundles[k]), "pb_close");
	mdb_env_close(env);
	unlink(path);
	unlink(file[0]);
	unlink(file[1]);
	rmdir(folder);
	return EXIT_SUCCESS;
}
