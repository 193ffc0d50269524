/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same gets from other stores: 256 values of 64 KiB, requested by name in random order, without and
 * with reading every byte. LMDB returns pointers into its mapping of the file and leaves it to the kernel
 * what stays in memory; RocksDB returns pinned blocks of its cache, which holds all of them or a quarter.
 * The library's cache does too, and the library is also measured with a mapped file.
 */
#include <ftw.h>
#include <lmdb.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle/pagedbundle.h"

enum { MODELS = 256, SIZE = 64 << 10, OPS = 20000, ROUNDS = 11 };

static char names[MODELS][32];
static char folder[] = "/tmp/bench_stores-XXXXXX";

static void must(int bad, const char *what)
{
	if (bad) {
		fprintf(stderr, "bench_stores: %s failed: %d\n", what, bad);
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

/* --- the stores, with the same bytes --- */

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

/* A separate cache for each handle; a block for each value. Checksums are not verified: the library's
 * bundle has none. */
struct rocks {
	rocksdb_options_t *options;
	rocksdb_block_based_table_options_t *table;
	rocksdb_cache_t *cache;
	rocksdb_readoptions_t *read;
	rocksdb_t *db;
};

static void must_rocks(char *err)
{
	if (!err)
		return;
	fprintf(stderr, "bench_stores: RocksDB: %s\n", err);
	exit(EXIT_FAILURE);
}

static struct rocks rocks_with(uint64_t cache_bytes)
{
	struct rocks r = { rocksdb_options_create(), rocksdb_block_based_options_create(),
		rocksdb_cache_create_lru(cache_bytes), rocksdb_readoptions_create(), NULL };
	rocksdb_block_based_options_set_block_cache(r.table, r.cache);
	rocksdb_block_based_options_set_block_size(r.table, SIZE);
	rocksdb_options_set_block_based_table_factory(r.options, r.table);
	rocksdb_options_set_compression(r.options, rocksdb_no_compression);
	rocksdb_options_set_create_if_missing(r.options, 1);
	rocksdb_readoptions_set_verify_checksums(r.read, 0);
	return r;
}

static void rocks_free(struct rocks *r)
{
	rocksdb_close(r->db);
	rocksdb_readoptions_destroy(r->read);
	rocksdb_cache_destroy(r->cache);
	rocksdb_block_based_options_destroy(r->table);
	rocksdb_options_destroy(r->options);
}

static void make_rocks(const char *path, const char *data)
{
	struct rocks r = rocks_with(1 << 20);
	rocksdb_writeoptions_t *options = rocksdb_writeoptions_create();
	char *err = NULL;
	r.db = rocksdb_open(r.options, path, &err);
	must_rocks(err);
	for (int i = 0; i < MODELS; i++) {
		rocksdb_put(r.db, options, names[i], strlen(names[i]), data, SIZE, &err);
		must_rocks(err);
	}
	rocksdb_compact_range(r.db, NULL, 0, NULL, 0); /* from the log into one sorted file */
	rocksdb_writeoptions_destroy(options);
	rocks_free(&r);
}

static struct rocks open_rocks(const char *path, uint64_t cache_bytes)
{
	struct rocks r = rocks_with(cache_bytes);
	char *err = NULL;
	r.db = rocksdb_open_for_read_only(r.options, path, 0, &err);
	must_rocks(err);
	return r;
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

/* --- one round each, nanoseconds per get --- */

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

static double time_rocks(const struct rocks *r, unsigned int seed, bool touch)
{
	double start = now_ns();
	for (int i = 0; i < OPS; i++) {
		const char *name = names[draw(&seed)];
		char *err = NULL;
		size_t len;
		rocksdb_pinnableslice_t *slice = rocksdb_get_pinned(r->db, r->read, name, strlen(name), &err);
		must_rocks(err);
		must(!slice, "rocksdb_get_pinned");
		const char *value = rocksdb_pinnableslice_value(slice, &len);
		must(len != SIZE, "rocksdb_pinnableslice_value");
		if (touch)
			look(value);
		rocksdb_pinnableslice_destroy(slice);
	}
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

enum { ALL, QUARTER, MAPPED, ROCKS_ALL, ROCKS_QUARTER, LMDB, KINDS };

static struct pb_paged *bundles[MAPPED + 1];
static struct rocks rocks[2];

static double time_one(int kind, unsigned int seed, bool touch)
{
	if (kind == LMDB)
		return time_lmdb(seed, touch);
	if (kind >= ROCKS_ALL)
		return time_rocks(&rocks[kind - ROCKS_ALL], seed, touch);
	return time_bundle(bundles[kind], seed, touch);
}

static void measure(bool touch)
{
	static const char *const titles[KINDS] = { "all in memory", "a quarter in memory", "mapped",
		"RocksDB, all cached", "RocksDB, a quarter", "LMDB (mapped)" };
	double ns[KINDS][ROUNDS];
	for (int round = 0; round < ROUNDS; round++)
		for (int k = 0; k < KINDS; k++)
			ns[k][round] = time_one(k, (unsigned int)round, touch);
	for (int k = 0; k < KINDS; k++)
		qsort(ns[k], ROUNDS, sizeof(double), ascending);
	for (int k = 0; k < KINDS; k++) {
		int other = k < ROCKS_ALL ? k + ROCKS_ALL : k;
		printf("%-22s %-10s %10.1f", titles[k], touch ? "looked at" : "", ns[k][ROUNDS / 2]);
		if (other != k)
			printf(" %8.2fx of %s", ns[other][ROUNDS / 2] / ns[k][ROUNDS / 2], titles[other]);
		printf("\n");
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int main(void)
{
	static char data[SIZE], path[64], rocks_path[64];
	uint64_t all = (uint64_t)MODELS * SIZE;
	must(!mkdtemp(folder), "mkdtemp");
	snprintf(path, sizeof(path), "%s/b.apbundle", folder);
	snprintf(rocks_path, sizeof(rocks_path), "%s/rocks", folder);
	for (int i = 0; i < MODELS; i++)
		snprintf(names[i], sizeof(names[i]), "layer.%d.weight", i);
	make_lmdb(data);
	make_rocks(rocks_path, data);
	make_bundle(path, data);
	bundles[ALL] = open_bundle(path, all, PB_READ_PREAD);
	bundles[QUARTER] = open_bundle(path, all / 4, PB_READ_PREAD);
	bundles[MAPPED] = open_bundle(path, all, PB_READ_MAPPED);
	rocks[0] = open_rocks(rocks_path, 2 * all); /* divided into shards, none of which may be too small */
	rocks[1] = open_rocks(rocks_path, all / 4);
	printf("%-22s %-10s %10s %9s\n", "256 models of 64 KiB", "", "ns a get", "speed");
	measure(false);
	measure(true);
	for (int k = ALL; k <= MAPPED; k++)
		must(pb_close(bundles[k]), "pb_close");
	for (int k = 0; k < 2; k++)
		rocks_free(&rocks[k]);
	mdb_env_close(env);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return EXIT_SUCCESS;
}
