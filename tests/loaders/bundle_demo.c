/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three-model demo: 1300 bytes of models, 1 KiB of memory, so that the third model pushes the first out.
 * Reads with lseek and read, so that a trace shows where each model lies.
 *   bundle_demo [--keep] [PATH]      PATH: /tmp/demo.apbundle; removed at the end without --keep
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pagedbundle.h>

static const struct {
	const char *name;
	size_t size;
	unsigned char byte;
} models[] = { { "encoder", 500, 1 }, { "decoder", 500, 2 }, { "classifier", 300, 3 } };

#define MODELS (sizeof(models) / sizeof(*models))

static int complain(const char *what, int err)
{
	fprintf(stderr, "bundle_demo: %s: %s (%s)\n", what, pb_strerror(err), pb_error_detail());
	return err;
}

static int build(const char *path)
{
	struct pb_bundle *bundle = pb_bundle_new();
	if (!bundle)
		return complain(path, PB_ERR_MEMORY);
	unsigned char data[500];
	int err = PB_OK;
	for (size_t i = 0; !err && i < MODELS; i++) {
		memset(data, models[i].byte, models[i].size);
		err = pb_bundle_add(bundle, models[i].name, data, models[i].size);
	}
	if (!err)
		err = pb_bundle_save(bundle, path);
	if (err)
		complain(path, err);
	else
		printf("Built %s: %zu models, %" PRIu64 " bytes\n", path, pb_bundle_count(bundle),
			pb_bundle_total_size(bundle));
	pb_bundle_free(bundle);
	return err;
}

static struct pb_stats stats_of(const struct pb_paged *paged)
{
	struct pb_stats stats;
	pb_stats_init(&stats);
	pb_stats_get(paged, &stats);
	return stats;
}

static int use(struct pb_paged *paged, size_t i)
{
	struct pb_view view;
	uint64_t evictions = stats_of(paged).evictions;
	int err = pb_get(paged, models[i].name, &view);
	if (err)
		return complain(models[i].name, err);
	const unsigned char *bytes = view.data;
	if (view.size != models[i].size || bytes[0] != models[i].byte ||
		bytes[view.size - 1] != models[i].byte) {
		fprintf(stderr, "bundle_demo: %s: wrong bytes\n", models[i].name);
		err = PB_ERR_FORMAT;
	}
	struct pb_stats stats = stats_of(paged);
	printf("Got %s: %zu bytes; %" PRIu64 " evicted for it; in memory: %" PRIu64 " bytes in %" PRIu64
	       " models\n",
		models[i].name, view.size, stats.evictions - evictions, stats.memory_used,
		stats.cached_count);
	pb_release(&view);
	return err;
}

static int run(const char *path)
{
	struct pb_config config;
	struct pb_paged *paged;
	pb_config_init(&config);
	config.max_memory = 1024;
	config.prefetch = false;
	config.read = PB_READ_SEEK;
	int err = pb_open(path, &config, &paged);
	if (err)
		return complain(path, err);
	printf("Opened with a limit of %" PRIu64 " bytes, prefetch off\n", config.max_memory);
	for (size_t i = 0; !err && i < MODELS; i++)
		err = use(paged, i);
	struct pb_stats stats = stats_of(paged);
	printf("Hits: %" PRIu64 ", Misses: %" PRIu64 ", Evictions: %" PRIu64 "\n", stats.hits, stats.misses,
		stats.evictions);
	printf("Hit rate: %.1f%%\n", pb_hit_rate(&stats) * 100.0);
	pb_close(paged);
	return err;
}

int main(int argc, char **argv)
{
	bool keep = argc > 1 && strcmp(argv[1], "--keep") == 0;
	if (argc > 2 + keep || (argc == 2 + keep && argv[1 + keep][0] == '-')) {
		fprintf(stderr, "bundle_demo: usage: bundle_demo [--keep] [PATH]\n");
		return 2;
	}
	const char *path = argc == 2 + keep ? argv[1 + keep] : "/tmp/demo.apbundle";
	setvbuf(stdout, NULL, _IOLBF, 0); /* in a trace, what it says stands beside what it does */
	int err = build(path);
	if (err)
		return EXIT_FAILURE;
	err = run(path);
	if (!keep && unlink(path) < 0) {
		fprintf(stderr, "bundle_demo: %s: %s\n", path, strerror(errno));
		return EXIT_FAILURE;
	}
	return err || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
