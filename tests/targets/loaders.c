/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loaders FILE THREADS GETS LIMIT: makes a bundle of 20 models of 10,000 to 29,000 bytes, and gets models of it by threads
 * at once, each in an order of its own, from one handle with this limit of memory. With GETS below 0, each thread gets so
 * many groups of 5 by pb_get_many(). Prints the library's counts as JSON on standard error.
 */
#include <err.h>
#include <pagedbundle.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODELS = 20, TOGETHER = 5, THREADS_MAX = 16 };

static struct pb_paged *paged;
static long gets;

static void must(int err)
{
	if (err)
		errx(1, "%s (%s)", pb_strerror(err), pb_error_detail());
}

static void make_bundle(const char *path)
{
	static char bytes[10000 + MODELS * 1000];
	struct pb_bundle *b = pb_bundle_new();
	for (int i = 0; i < MODELS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%02d", i);
		must(pb_bundle_add(b, name, bytes, (size_t)(10000 + i * 1000)));
	}
	must(pb_bundle_save(b, path));
	pb_bundle_free(b);
}

static void get_one(unsigned *state)
{
	struct pb_view view;
	must(pb_get_at(paged, (size_t)rand_r(state) % MODELS, &view));
	pb_release(&view);
}

static void get_many(unsigned *state)
{
	size_t models[TOGETHER], first = (size_t)rand_r(state) % MODELS;
	struct pb_view views[TOGETHER];
	for (size_t i = 0; i < TOGETHER; i++)
		models[i] = (first + 3 * i) % MODELS;
	must(pb_get_many(paged, models, TOGETHER, views));
	for (size_t i = 0; i < TOGETHER; i++)
		pb_release(&views[i]);
}

static void *work(void *arg)
{
	unsigned state = 1 + (unsigned)(long)arg;
	for (long i = 0; i < labs(gets); i++)
		(gets < 0 ? get_many : get_one)(&state);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS_MAX];
	struct pb_config config;
	struct pb_stats stats;
	long count = argc == 5 ? atol(argv[2]) : 0;
	if (count < 1 || count > THREADS_MAX)
		return 2;
	gets = atol(argv[3]);
	make_bundle(argv[1]);
	pb_config_init(&config);
	config.max_memory = (uint64_t)atol(argv[4]);
	must(pb_open(argv[1], &config, &paged));
	for (long i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)i))
			return 1;
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pb_stats_init(&stats);
	pb_stats_get(paged, &stats);
	fprintf(stderr, "{\"misses\":%llu,\"prefetches\":%llu,\"bytes_loaded\":%llu}\n",
		(unsigned long long)stats.misses, (unsigned long long)stats.prefetches,
		(unsigned long long)stats.bytes_loaded);
	pb_close(paged);
	return 0;
}
