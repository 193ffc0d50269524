/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembles the file that a bundle was imported from: the kept header, then each tensor, copied from its model to the
 * offset that the header gives. The bundle may be hostile: inconsistent sizes and names are refused. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/modelfile/formats.h"
#include "user/base/numbers.h"
#include "user/base/report.h"
#include "export.h"
#include "model_stream.h"
#include "reports.h"
#include "tensors.h"

enum { NO_GAPS = -1 };

/* How far a model has been copied. */
struct progress {
	uint64_t used; /* bytes */
	struct model_check check;
};

struct reassembly {
	const struct export *e;
	bool by_layer;
	uint32_t number; /* of the file, of several of a model, from 1; 0: it is the only one */
	size_t header;
	ssize_t gaps;            /* the model with bytes of no tensor, or NO_GAPS */
	uint64_t size, at;       /* of the output; at: all before it is written */
	struct progress *models; /* one each */
	struct outfile out;
	struct meter meter;
};

static bool says(const struct export *e, const char *key, const char *value)
{
	struct pb_metadata had;
	return pb_metadata_find(e->paged, key, &had) == PB_OK && strcmp(had.value, value) == 0;
}

bool export_is_from(const struct export *e, const char *format)
{
	return says(e, TENSORS_FORMAT_KEY, format);
}

/* Metadata of the file with this number. */
static bool find_pair(const struct export *e, const char *key, uint32_t number, struct pb_metadata *pair)
{
	char word[TENSORS_WORD_MAX];
	tensors_word(word, key, number);
	return pb_metadata_find(e->paged, word, pair) == PB_OK;
}

/* The model whose name metadata has, or `otherwise`. */
static bool find_model(
	const struct export *e, const char *key, const char *otherwise, uint32_t number, size_t *index)
{
	struct pb_metadata had;
	char name[TENSORS_WORD_MAX];
	if (find_pair(e, key, number, &had))
		return pb_find(e->paged, had.value, had.value_len, index) == PB_OK;
	if (!otherwise)
		return false;
	tensors_word(name, otherwise, number);
	return pb_find(e->paged, name, strlen(name), index) == PB_OK;
}

/* In how many files the model was; 0: it was one file. */
static bool count_shards(const struct export *e, uint32_t *count)
{
	struct pb_metadata pair;
	uint64_t number = 0;
	*count = 0;
	if (pb_metadata_find(e->paged, TENSORS_SHARDS_KEY, &pair) != PB_OK)
		return true;
	if (!number_whole(pair.value, &number) || number == 0 || number > pb_count(e->paged))
		return false;
	*count = (uint32_t)number;
	return true;
}

bool export_header(const struct export *e, size_t *index)
{
	struct pb_metadata format;
	uint32_t shards;
	return pb_metadata_find(e->paged, TENSORS_FORMAT_KEY, &format) == PB_OK && count_shards(e, &shards) &&
	       find_model(e, TENSORS_HEADER_KEY, TENSORS_HEADER, shards ? 1 : 0, index);
}

static int unfit(const struct export *e, const char *what)
{
	report("%s: cannot be made again: %s", printable(e->bundle->name), what);
	return EXIT_FAILURE;
}

static uint64_t size_of(const struct export *e, size_t index)
{
	struct pb_model model = { 0 };
	pb_model_at(e->paged, index, &model);
	return model.size;
}

/* --- the output, in order --- */

static int write_zeros(struct reassembly *a, uint64_t size)
{
	static const char zeros[64 << 10];
	for (; size > 0; size -= size < sizeof(zeros) ? size : sizeof(zeros))
		if (outfile_write(&a->out, zeros, size < sizeof(zeros) ? (size_t)size : sizeof(zeros)) < 0)
			return report_errno(a->out.path);
	return EXIT_SUCCESS;
}

/* Copies a model's next `size` bytes to the end of the output. */
static int copy(struct reassembly *a, size_t index, uint64_t size)
{
	struct progress *model = &a->models[index];
	const struct model_out out = { a->e->paged, a->e->bundle->name, &a->out, &a->meter, &model->check };
	if (size > size_of(a->e, index) - model->used)
		return unfit(a->e, "a tensor of its header is larger than its model");
	if (model->used == 0 && !model_check_start(&model->check, a->e->paged, index))
		return report_no_memory();
	int status = model_copy_part(&out, index, model->used, size);
	model->used += size;
	a->at += size;
	return !status && model->used == size_of(a->e, index) ? model_copied(&out, index) : status;
}

/* Bytes of no tensor, up to an offset in the file. Zeros become a hole where the output can have one. */
static int fill(struct reassembly *a, uint64_t up_to)
{
	uint64_t size = up_to - a->at;
	if (size == 0)
		return EXIT_SUCCESS;
	if (a->gaps != NO_GAPS)
		return copy(a, (size_t)a->gaps, size);
	a->at = up_to;
	if (!a->out.seekable)
		return write_zeros(a, size);
	if (ftruncate(a->out.fd, (off_t)up_to) < 0 || lseek(a->out.fd, (off_t)up_to, SEEK_SET) < 0)
		return report_errno(a->out.path);
	return EXIT_SUCCESS;
}

/* --- the parts --- */

static int copy_tensor(struct reassembly *a, const struct region_range *r)
{
	size_t len = a->by_layer ? tensors_layer(r->name.data, r->name.len) : r->name.len, model;
	if (pb_find(a->e->paged, r->name.data, len, &model) != PB_OK || model == a->header ||
		(ssize_t)model == a->gaps)
		return unfit(a->e, "a tensor of its header has no model");
	int status = fill(a, r->start);
	return status ? status : copy(a, model, r->end - r->start);
}

static int copy_tensors(struct reassembly *a, const struct regions *regions)
{
	struct region_range r;
	int status = EXIT_SUCCESS;
	for (uint32_t i = 0; !status && regions_at(regions, i, &r); i++)
		if (r.start > 0)
			status = copy_tensor(a, &r);
	return status ? status : fill(a, a->size);
}

/* Whether every model has been written out. */
static int check_used(const struct reassembly *a)
{
	for (size_t i = 0; i < pb_count(a->e->paged); i++)
		if (a->models[i].used != size_of(a->e, i))
			return unfit(a->e, "it has models that its header does not tell of");
	return EXIT_SUCCESS;
}

/* Reads what the header says of a file of that size. NULL: reports. */
static struct regions *read_header(const struct reassembly *a)
{
	struct outfile spool = { .fd = temporary_spool(), .path = "a temporary file in TMPDIR" };
	struct meter quiet = { 0 };
	struct model_check none = { 0 }; /* the header is compared when it is copied to the output */
	const struct model_out out = { a->e->paged, a->e->bundle->name, &spool, &quiet, &none };
	struct span name, other;
	uint64_t size = size_of(a->e, a->header);
	int status = spool.fd < 0
			     ? report_errno(spool.path)
			     : model_copy_part(&out, a->header, 0, size < HEADER_MAX ? size : HEADER_MAX);
	struct regions *regions = status ? NULL : regions_read(spool.fd, a->size);
	bool fit = regions && export_is_from(a->e, regions_format(regions)) &&
		   regions_fault(regions, &name, &other) == REGIONS_SOUND;
	if (!status && !fit)
		unfit(a->e, "its header is damaged");
	if (spool.fd >= 0)
		close(spool.fd);
	if (fit)
		return regions;
	regions_free(regions);
	return NULL;
}

static int write_file(struct reassembly *a, const struct regions *regions)
{
	struct region_range first;
	if (!regions_at(regions, 0, &first) || first.end != size_of(a->e, a->header))
		return unfit(a->e, "its header is not as long as it says");
	meter_start(&a->meter, "export", a->size);
	int status = copy(a, a->header, size_of(a->e, a->header));
	if (!status)
		status = copy_tensors(a, regions);
	meter_clear(&a->meter);
	return status;
}

/* Writes the file to an output that is open. */
static int reassemble(struct reassembly *a, const struct regions *regions)
{
	int status = write_file(a, regions);
	return status || a->number ? status : check_used(a);
}

/* Finds what metadata says of the file. */
static int find_file(struct reassembly *a)
{
	struct pb_metadata size;
	size_t gaps;
	a->at = 0;
	a->gaps = NO_GAPS;
	if (!find_pair(a->e, TENSORS_SIZE_KEY, a->number, &size) ||
		!find_model(a->e, TENSORS_HEADER_KEY, TENSORS_HEADER, a->number, &a->header))
		return unfit(a->e, "its header or its size is gone");
	if (!number_whole(size.value, &a->size) || a->size > INT64_MAX || a->size < size_of(a->e, a->header))
		return unfit(a->e, "its size is damaged");
	if (find_model(a->e, TENSORS_GAPS_KEY, NULL, a->number, &gaps))
		a->gaps = (ssize_t)gaps;
	return EXIT_SUCCESS;
}

static int write_only(struct reassembly *a)
{
	int status = find_file(a);
	struct regions *regions = status ? NULL : read_header(a);
	if (!regions)
		return EXIT_FAILURE;
	status = outfile_open(&a->out, a->e->out, &a->e->bundle->st, 0);
	if (!status)
		status = outfile_close(&a->out, reassemble(a, regions));
	regions_free(regions);
	return status;
}

/* ---- several files ---- */

/* The name of a file, which the bundle chooses, must not lead out of the folder. */
static bool is_name(const struct pb_metadata *pair)
{
	return pair->value_len > 0 && pair->value_len <= NAME_MAX &&
	       !memchr(pair->value, '/', pair->value_len) && !memchr(pair->value, 0, pair->value_len) &&
	       strcmp(pair->value, ".") != 0 && strcmp(pair->value, "..") != 0;
}

static int write_shard(struct reassembly *a, int folder)
{
	struct pb_metadata name;
	int status = find_file(a);
	if (!status && (!find_pair(a->e, TENSORS_FILE_KEY, a->number, &name) || !is_name(&name)))
		status = unfit(a->e, "the name of one of its files is damaged");
	struct regions *regions = status ? NULL : read_header(a);
	if (!regions)
		return EXIT_FAILURE;
	const struct outfile_place place = { folder, name.value, name.value };
	status = outfile_open_in(&a->out, place, &a->e->bundle->st, a->e->force);
	if (!status)
		status = outfile_close(&a->out, reassemble(a, regions));
	regions_free(regions);
	return status;
}

static int write_index(struct reassembly *a, int folder)
{
	struct pb_metadata name;
	size_t model;
	if (!find_pair(a->e, TENSORS_INDEX_KEY, 0, &name))
		return EXIT_SUCCESS;
	if (!is_name(&name) || !find_model(a->e, TENSORS_INDEX_MODEL_KEY, TENSORS_INDEX, 0, &model) ||
		a->models[model].used)
		return unfit(a->e, "its index is damaged");
	const struct outfile_place place = { folder, name.value, name.value };
	int status = outfile_open_in(&a->out, place, &a->e->bundle->st, a->e->force);
	a->at = 0;
	return status ? status : outfile_close(&a->out, copy(a, model, size_of(a->e, model)));
}

/* Whoever names such a path expects one file. */
static bool is_named_as_file(const char *path)
{
	const char *dot = strrchr(path, '.');
	struct stat st;
	return dot && (strcmp(dot, ".safetensors") == 0 || strcmp(dot, ".gguf") == 0) && stat(path, &st) < 0;
}

static int write_shards(struct reassembly *a, uint32_t count)
{
	if (strcmp(a->e->out, "-") == 0 || is_named_as_file(a->e->out)) {
		report("%s: the bundle was imported from %u files (name a folder for them, and --format)",
			printable(a->e->out), count);
		return EXIT_FAILURE;
	}
	if (mkdir(a->e->out, 0777) < 0 && errno != EEXIST)
		return report_errno(a->e->out);
	int folder = open(a->e->out, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		report("%s: not a folder (the bundle was imported from %u files, which need one)",
			printable(a->e->out), count);
		return EXIT_FAILURE;
	}
	int status = EXIT_SUCCESS;
	for (a->number = 1; !status && a->number <= count; a->number++)
		status = write_shard(a, folder);
	if (!status)
		status = write_index(a, folder);
	close(folder);
	return status ? status : check_used(a);
}

int export_original(const struct export *e)
{
	struct reassembly a = { .e = e, .by_layer = says(e, TENSORS_SPLIT_KEY, "layer") };
	uint32_t shards;
	if (!count_shards(e, &shards))
		return unfit(e, "how many files it was is damaged");
	a.models = calloc(pb_count(e->paged), sizeof(*a.models));
	if (!a.models)
		return report_no_memory();
	int status = shards ? write_shards(&a, shards) : write_only(&a);
	for (size_t i = 0; i < pb_count(e->paged); i++)
		model_check_end(&a.models[i].check);
	free(a.models);
	return status;
}
