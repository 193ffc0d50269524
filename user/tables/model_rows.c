/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_rows.h"

#include <stdlib.h>
#include <string.h>

struct file_row model_row_of(const struct file_model *model)
{
	struct file_row row = { .mapped_known = true, .distinct_known = true };
	for (const struct file_stats *file = model->files; file; file = file->next_shard) {
		const struct file_row more = file_row_of(file);
		file_row_add(&row, &more);
	}
	return row;
}

/* A row, and the file that it is of. */
struct model_part {
	struct file_row row;
	uint32_t file, at; /* in the order of the files, and there */
};

struct model_parts {
	struct model_part *all;
	size_t count, room;
	bool failed;
};

static void take_rows(struct model_parts *parts, const struct file_stats *file)
{
	struct file_rows rows = file_rows_of(file, BY_TENSOR, UINT32_MAX);
	parts->failed |= rows.failed;
	if (parts->count + rows.count > parts->room) {
		size_t room = 2 * (parts->count + rows.count);
		struct model_part *all = reallocarray(parts->all, room, sizeof(*all));
		if (!all) {
			parts->failed = true;
			rows.count = 0;
		} else {
			parts->all = all;
			parts->room = room;
		}
	}
	for (uint32_t i = 0; i < rows.count; i++) {
		struct file_row *row = &rows.rows[i];
		row->rest |= !row->name.data && !row->unplaced;
		row->start = row->end = 0;
		parts->all[parts->count++] = (struct model_part){ *row, file->shard, i };
	}
	file_rows_free(&rows);
}

static int by_name(const void *a, const void *b)
{
	const struct model_part *x = a, *y = b;
	const struct span *m = &x->row.name, *n = &y->row.name;
	if (!m->data != !n->data)
		return m->data ? -1 : 1;
	if (x->row.unplaced != y->row.unplaced)
		return x->row.unplaced ? 1 : -1;
	uint32_t len = m->len < n->len ? m->len : n->len;
	int order = len ? memcmp(m->data, n->data, len) : 0;
	if (order || m->len != n->len)
		return order ? order : m->len < n->len ? -1 : 1;
	return x->file != y->file ? (x->file < y->file ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

static int by_file(const void *a, const void *b)
{
	const struct model_part *x = a, *y = b;
	if (!x->row.name.data != !y->row.name.data)
		return x->row.name.data ? -1 : 1;
	return x->file != y->file ? (x->file < y->file ? -1 : 1) : x->at < y->at ? -1 : x->at > y->at;
}

static bool same_part(const struct model_part *a, const struct model_part *b)
{
	const struct span *m = &a->row.name, *n = &b->row.name;
	return !m->data == !n->data && a->row.unplaced == b->row.unplaced && m->len == n->len &&
	       (m->len == 0 || memcmp(m->data, n->data, m->len) == 0);
}

static bool is_header(const struct span *name)
{
	return name->len == 6 && memcmp(name->data, "header", 6) == 0;
}

/* Joins rows of the same name, and counts the tensors that are in several files. */
static void join_same(struct model_parts *parts, uint32_t *twice, struct span *name)
{
	size_t kept = 0;
	if (parts->count)
		qsort(parts->all, parts->count, sizeof(*parts->all), by_name);
	for (size_t i = 0; i < parts->count; i++) {
		struct model_part *before = kept ? &parts->all[kept - 1] : NULL;
		if (!before || !same_part(before, &parts->all[i])) {
			parts->all[kept++] = parts->all[i];
			continue;
		}
		file_row_add(&before->row, &parts->all[i].row);
		if (!before->row.name.data || is_header(&before->row.name))
			continue;
		if (!(*twice)++)
			*name = before->row.name;
	}
	parts->count = kept;
	if (kept)
		qsort(parts->all, kept, sizeof(*parts->all), by_file);
}

struct file_rows model_rows_of(
	const struct file_model *model, enum parts_by by, uint32_t most, uint32_t *twice, struct span *name)
{
	struct model_parts parts = { .all = NULL };
	struct file_rows rows = { .by = BY_TENSOR };
	*twice = 0;
	if (by == BY_RANGE)
		return rows;
	for (const struct file_stats *file = model->files; file; file = file->next_shard)
		take_rows(&parts, file);
	join_same(&parts, twice, name);
	rows.rows = calloc(parts.count ? parts.count : 1, sizeof(*rows.rows));
	rows.failed = parts.failed || !rows.rows;
	for (size_t i = 0; rows.rows && i < parts.count; i++)
		rows.rows[rows.count++] = parts.all[i].row;
	free(parts.all);
	if (!rows.failed)
		file_rows_shorten(&rows, by, most);
	return rows;
}
