/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl verify FILE: every model must lie in the file, be readable, and overlap no other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "../common/report.h"
#include "bundlectl.h"
#include "stream.h"

static const struct argp_option options[] = {
	{ "verbose", 'v', NULL, 0, "Print each model's CRC-32, size and name", 0 },
	{ 0 },
};

static const char doc[] = "Reads all of a bundle and looks for damage: models that pass the end of the file, "
			  "that overlap, or that "
			  "cannot be read. Each is one line on stderr. Exit status 1 if there is any.";

struct check {
	const struct bundle_args *o;
	struct pb_paged *paged;
	struct pb_info info;
	int fd;
	unsigned long damages;
};

static void damage(struct check *c, const struct pb_model *model, const char *what)
{
	c->damages++;
	report("%s: model '%s': %s", printable(c->o->file), printable(model->name), what);
}

static int add_crc(void *context, const void *data, size_t size)
{
	uLong *crc = context;
	*crc = crc32_z(*crc, data, size);
	return 0;
}

static void check_model(struct check *c, const struct pb_model *model)
{
	uLong crc = crc32_z(0, NULL, 0);
	if (model->size &&
		(model->offset > c->info.file_size || model->size > c->info.file_size - model->offset)) {
		damage(c, model, "lies outside the file");
		return;
	}
	int result = model->size ? stream_range(c->fd, model->offset, model->size, add_crc, &crc) : 0;
	if (result)
		damage(c, model, result > 0 ? "the file ends too early" : strerror(errno));
	else if (c->o->flag)
		printf("%08lx %12llu %s\n", crc, (unsigned long long)model->size, printable(model->name));
}

static int by_offset(const void *a, const void *b)
{
	const struct pb_model *x = a, *y = b;
	return (x->offset > y->offset) - (x->offset < y->offset);
}

static void check_overlaps(struct check *c, struct pb_model *models, size_t count)
{
	uint64_t end = 0;
	qsort(models, count, sizeof(*models), by_offset);
	for (size_t i = 0; i < count; i++) {
		uint64_t its_end;
		if (models[i].size == 0)
			continue;
		if (models[i].offset < end)
			damage(c, &models[i], "overlaps another model");
		if (__builtin_add_overflow(models[i].offset, models[i].size, &its_end))
			its_end = UINT64_MAX;
		if (its_end > end)
			end = its_end;
	}
}

static int check_all(struct check *c)
{
	size_t count = pb_count(c->paged);
	struct pb_model *models = calloc(count + 1, sizeof(*models));
	if (!models) {
		report("out of memory");
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < count; i++) {
		pb_model_at(c->paged, i, &models[i]);
		check_model(c, &models[i]);
	}
	check_overlaps(c, models, count);
	free(models);
	if (c->damages) {
		report("%s: damaged: %lu faults in %zu models", printable(c->o->file), c->damages, count);
		return EXIT_FAILURE;
	}
	printf("%s: whole: %zu models, %llu bytes\n", printable(c->o->file), count,
		(unsigned long long)c->info.total_size);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int verify_main(int argc, char **argv)
{
	struct bundle_args o = bundle_args(argc, argv, options, doc);
	struct check c = { .o = &o };
	int err = pb_open(o.file, NULL, &c.paged);
	if (err)
		return report_bundle(o.file, err);
	pb_info_init(&c.info);
	pb_info_get(c.paged, &c.info);
	int status = EXIT_FAILURE;
	c.fd = open(o.file, O_RDONLY | O_CLOEXEC);
	if (c.fd < 0)
		report("%s: %s", printable(o.file), strerror(errno));
	else
		status = check_all(&c);
	if (c.fd >= 0)
		close(c.fd);
	pb_close(c.paged);
	return status;
}
