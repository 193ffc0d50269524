/* SPDX-License-Identifier: BSD-2-Clause */
/* bundlectl verify FILE: every model must lie inside the file, be readable, match its checksum and overlap no other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "user/base/report.h"
#include "bundle/pagedbundle.h"
#include "command_line.h"
#include "commands.h"
#include "user/packing/file_zeros.h"
#include "user/packing/input.h"
#include "user/packing/meter.h"
#include "user/packing/model_stream.h"
#include "user/packing/reports.h"

static const struct argp_option table[] = {
	{ "verbose", 'v', NULL, 0, "Print each model's CRC-32, size and name", 0 },
	{ 0 },
};

static const char doc[] =
	"Reads all of a bundle and looks for damage: models that pass the end of the file, that overlap, "
	"that cannot be read or are not what their checksum says, and bytes between models that are not zero. Each is one line on stderr. Exit status 1 if there is any.";

struct check {
	const char *given;
	struct input in;
	bool verbose;
	struct pb_paged *paged;
	struct pb_info info;
	struct meter meter;
	XXH3_state_t *hash;
	uLong crc;
	unsigned long damages;
};

/* The range of the file that holds a model. */
struct extent {
	uint64_t begin, end;
	size_t model;
};

static void damage(struct check *c, size_t index, const char *what)
{
	struct pb_model model = { .name = "" };
	pb_model_at(c->paged, index, &model);
	c->damages++;
	meter_hide(&c->meter);
	report("%s: model '%s': %s", printable(c->in.name), printable_name(model.name, model.name_len), what);
}

static void damage_of_file(struct check *c, const char *what, uint64_t at)
{
	c->damages++;
	meter_hide(&c->meter);
	report("%s: %s, at %llu", printable(c->in.name), what, (unsigned long long)at);
}

static int add_up(void *context, const void *data, size_t size)
{
	struct check *c = context;
	c->crc = crc32_z(c->crc, data, size);
	XXH3_64bits_update(c->hash, data, size);
	meter_add(&c->meter, size);
	return 0;
}

static void check_model(struct check *c, size_t index)
{
	struct pb_model model;
	struct pb_storage storage;
	pb_storage_init(&storage);
	pb_model_at(c->paged, index, &model);
	pb_storage_at(c->paged, index, &storage);
	c->crc = crc32_z(0, NULL, 0);
	XXH3_64bits_reset(c->hash);
	int err = model_stream(c->paged, index, 0, model.size, add_up, c);
	if (err == PB_ERR_BOUNDS)
		damage(c, index, "lies outside the file");
	else if (err)
		damage(c, index, err == PB_ERR_IO ? strerror(errno) : pb_strerror(err));
	else if (storage.has_checksum && XXH3_64bits_digest(c->hash) != storage.checksum)
		damage(c, index, pb_strerror(PB_ERR_DAMAGED));
	else if (c->verbose)
		printf("%08lx %12llu %s\n", c->crc, (unsigned long long)model.size,
			printable_name(model.name, model.name_len));
}

static int by_place(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (x->model > y->model) - (x->model < y->model);
}

/* Lists the extents of models that have bytes, sorted, one for models that share a range. Returns their number. */
static size_t list_extents(struct check *c, struct extent *extents)
{
	size_t count = 0, kept = 0;
	struct pb_model model;
	for (size_t i = 0; pb_model_at(c->paged, i, &model) == PB_OK; i++) {
		struct pb_storage storage;
		struct extent e = { model.offset, 0, i };
		pb_storage_init(&storage);
		pb_storage_at(c->paged, i, &storage);
		if (__builtin_add_overflow(model.offset, storage.stored, &e.end))
			e.end = UINT64_MAX;
		if (storage.stored)
			extents[count++] = e;
	}
	qsort(extents, count, sizeof(*extents), by_place);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || extents[i].begin != extents[kept - 1].begin ||
			extents[i].end != extents[kept - 1].end)
			extents[kept++] = extents[i];
	return kept;
}

static void check_overlaps(struct check *c, const struct extent *extents, size_t count)
{
	uint64_t end = 0;
	for (size_t i = 0; i < count; i++) {
		if (extents[i].begin < end)
			damage(c, extents[i].model, "overlaps another model");
		if (extents[i].end > end)
			end = extents[i].end;
	}
}

static void check_zeros(struct check *c, int fd, uint64_t begin, uint64_t end)
{
	int zeros = file_zeros(fd, begin, end);
	if (zeros < 0)
		damage_of_file(c, errno ? strerror(errno) : "it ends too early", begin);
	else if (!zeros)
		damage_of_file(c, "bytes between models are not zero", begin);
}

/* For files with an extension: only zeros between models, and nothing after the last. */
static int check_gaps(struct check *c, const struct extent *extents, size_t count)
{
	uint64_t end = c->info.data_offset, size = c->info.file_size;
	int fd = open(c->in.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return report_errno(c->in.name);
	for (size_t i = 0; i < count; i++) {
		if (extents[i].begin > end && extents[i].begin <= size)
			check_zeros(c, fd, end, extents[i].begin);
		if (extents[i].end > end)
			end = extents[i].end;
	}
	if (end < size)
		damage_of_file(c, "bytes behind the last model", end);
	close(fd);
	return EXIT_SUCCESS;
}

static int print_result(const struct check *c)
{
	size_t count = pb_count(c->paged);
	if (c->damages) {
		report("%s: damaged: %lu faults in %zu models", printable(c->in.name), c->damages, count);
		return EXIT_FAILURE;
	}
	printf("%s: whole: %zu models, %llu bytes%s\n", printable(c->in.name), count,
		(unsigned long long)c->info.total_size,
		c->info.checksums ? "" : " (it has no checksums: changed bytes cannot be seen)");
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : report_errno("stdout");
}

static int check_all(struct check *c)
{
	size_t count = pb_count(c->paged);
	struct extent *extents = calloc(count + 1, sizeof(*extents));
	if (!extents)
		return report_no_memory();
	meter_start(&c->meter, "verify", c->info.total_size);
	for (size_t i = 0; i < count; i++)
		check_model(c, i);
	meter_clear(&c->meter);
	count = list_extents(c, extents);
	check_overlaps(c, extents, count);
	int status = c->info.extension ? check_gaps(c, extents, count) : EXIT_SUCCESS;
	free(extents);
	if (c->info.extension > 1) {
		c->damages++;
		report("%s: its extension is of version %u: what it says of its models cannot be checked here",
			printable(c->in.name), c->info.extension);
	}
	return status ? status : print_result(c);
}

int verify_main(int argc, char **argv)
{
	struct check c = { 0 };
	const struct command_line line = {
		.args_doc = "FILE",
		.doc = doc,
		.options = table,
		.values = (const struct option_value[]){ { 'v', .flag = &c.verbose }, { 0 } },
		.operands = (const struct operand[]){ { &c.given, "no bundle given" }, { 0 } },
		.surplus = "one bundle at a time",
	};
	command_line_parse(&line, argc, argv);
	c.hash = XXH3_createState();
	if (!c.hash)
		return report_no_memory();
	int status = input_open_bundle(&c.in, c.given, &c.paged);
	if (!status) {
		pb_info_init(&c.info);
		pb_info_get(c.paged, &c.info);
		status = check_all(&c);
		pb_close(c.paged);
	}
	XXH3_freeState(c.hash);
	return status;
}
