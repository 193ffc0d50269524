/* SPDX-License-Identifier: BSD-2-Clause */
#define HASH_NONFATAL_OOM 1 /* a file whose model has no memory stands alone */
#include "file_models.h"

#include <stdlib.h>
#include <string.h>

enum { NODE_BYTES = 64 }; /* estimate of what uthash and malloc take for a model */

/* ---- which file belongs to which ---- */

static bool is_model(const struct file_model *model, const struct shard *shard)
{
	return model && model->path_len == shard->model.len &&
	       memcmp(model->path, shard->model.data, shard->model.len) == 0;
}

static void model_free(struct file_model *model)
{
	free(model->path);
	free(model->fault);
	free(model);
}

static char *copy(size_t *room, struct span text)
{
	char *to = file_room_take(room, (size_t)text.len + 1, 0);
	if (to)
		memcpy(to, text.data, text.len);
	return to;
}

static struct file_model *model_new(struct file_model **models, const struct shard *shard, size_t *room)
{
	struct file_model *model = file_room_take(room, sizeof(*model), NODE_BYTES);
	if (!model)
		return NULL;
	model->path = copy(room, shard->model);
	model->path_len = shard->model.len;
	if (model->path)
		HASH_ADD_KEYPTR(hh, *models, model->path, model->path_len, model);
	if (model->path && model->hh.tbl)
		return model;
	model_free(model);
	return NULL;
}

static struct file_model *model_of(struct file_model **models, const struct shard *shard, size_t *room)
{
	struct file_model *model;
	HASH_FIND(hh, *models, shard->model.data, shard->model.len, model);
	return model ? model : model_new(models, shard, room);
}

void file_models_note(
	struct file_model **models, struct file_stats *file, const struct shard *shard, size_t *room)
{
	if (!shard || !shard->model.data || shard->model.len == 0) {
		file->model = NULL;
		return;
	}
	if (!is_model(file->model, shard))
		file->model = model_of(models, shard, room);
	struct file_model *model = file->model;
	if (!model)
		return;
	file->shard = shard->number;
	model->shards = shard->count;
	model->missing = shard->missing;
	model->format = file->format;
	if (shard->fault.len && !model->fault) {
		model->fault = copy(room, shard->fault);
		model->fault_len = model->fault ? shard->fault.len : 0;
	}
}

void file_models_free(struct file_model **models)
{
	struct file_model *model, *next;
	HASH_ITER (hh, *models, model, next) {
		HASH_DEL(*models, model);
		model_free(model);
	}
}

/* ---- their order ---- */

static int by_time(const struct file_model *a, const struct file_model *b)
{
	uint64_t x = file_sums_time(&a->counts.sums), y = file_sums_time(&b->counts.sums);
	if (x == y) {
		x = file_sums_bytes(&a->counts.sums);
		y = file_sums_bytes(&b->counts.sums);
	}
	return x == y ? 0 : x < y ? 1 : -1;
}

void file_models_sort(struct file_model **models, struct file_stats *files)
{
	for (struct file_model *model = *models; model; model = model->hh.next) {
		model->files = model->last_file = NULL;
		model->used = 0;
		model->counts = (struct file_counts){ 0 };
	}
	for (struct file_stats *file = files; file; file = file->hh.next) {
		if (!file->model)
			continue;
		struct file_model *model = file->model;
		*(model->files ? &model->last_file->next_shard : &model->files) = file;
		model->last_file = file;
		file->next_shard = NULL;
		model->used++;
		file_counts_add(&model->counts, &file->counts);
	}
	HASH_SORT(*models, by_time);
}
