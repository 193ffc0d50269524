/* SPDX-License-Identifier: BSD-2-Clause */
#include "file_rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- what follows from the counts ---- */

uint64_t file_row_storage(const struct file_row *row)
{
	return row->counts.sums.fill_bytes + row->counts.sums.direct_bytes;
}

double file_row_cached(const struct file_row *row)
{
	if (row->asked_bytes == 0)
		return -1;
	return 1 - (double)row->filled_bytes / (double)row->asked_bytes;
}

static uint64_t sum_asked(const struct file_sums *sums)
{
	uint64_t all = sums->read_bytes + sums->uring_bytes + sums->faulted_bytes;
	return all > sums->direct_bytes ? all - sums->direct_bytes : 0;
}

/* Of what was filled, the bytes that were asked for too: where a place was filled more than once, each time counts. */
static uint64_t filled_and_asked(
	const struct file_stats *file, uint64_t fill_bytes, uint64_t asked, uint64_t from, uint64_t to)
{
	uint64_t places = covered_bytes(&file->filled, from, to);
	uint64_t common = covered_common(&file->touched, &file->filled, from, to);
	if (places == 0)
		return 0;
	uint64_t both = (uint64_t)((double)fill_bytes * ((double)common / (double)places) + 0.5);
	return both < asked ? both : asked;
}

/* Fills in what the bytes [from, to) of the file say about a row. */
static void follow(const struct file_stats *file, struct file_row *row, uint64_t from, uint64_t to)
{
	row->distinct_known = !file->touched.failed;
	row->distinct_bytes = covered_bytes(&file->touched, from, to);
	row->asked_bytes = sum_asked(&row->counts.sums);
	row->filled_bytes = filled_and_asked(file, row->counts.sums.fill_bytes, row->asked_bytes, from, to);
}

/* What is known of a row because of its file. */
static void note_file(const struct file_stats *file, struct file_row *row)
{
	row->was_mapped = file->counts.sums.maps;
	row->direct_unknown = file->direct_unknown;
}

struct file_row file_row_of(const struct file_stats *file)
{
	struct file_row row = { .counts = file->counts, .mapped_known = true };
	note_file(file, &row);
	follow(file, &row, 0, UINT64_MAX);
	return row;
}

/* ---- parts ---- */

static void fill_mapped(const struct file_stats *file, struct file_row *row)
{
	row->mapped_known = !file->maps_missing;
	for (uint32_t i = 0; i < file->maps_used; i++) {
		const struct map_range *map = &file->maps[i];
		uint64_t map_end =
			map->bytes > UINT64_MAX - map->start ? UINT64_MAX : map->start + map->bytes;
		uint64_t from = map->start > row->start ? map->start : row->start,
			 to = map_end < row->end ? map_end : row->end;
		if (from >= to)
			continue;
		row->counts.sums.maps += map->count;
		row->counts.sums.mapped_bytes += (to - from) * map->count;
	}
}

/* A row for counts of [start, end); NULL: out of memory. */
static struct file_row *add_row(
	struct file_rows *rows, const struct file_counts *counts, uint64_t start, uint64_t end)
{
	struct file_row *row = &rows->rows[rows->count++];
	*row = (struct file_row){ .start = start, .end = end };
	file_counts_add(&row->counts, counts);
	return row;
}

void file_row_add(struct file_row *into, const struct file_row *more)
{
	file_counts_add(&into->counts, &more->counts);
	into->distinct_bytes += more->distinct_bytes;
	into->distinct_known &= more->distinct_known;
	into->mapped_known &= more->mapped_known;
	into->was_mapped |= more->was_mapped;
	into->direct_unknown |= more->direct_unknown;
	into->asked_bytes += more->asked_bytes;
	into->filled_bytes += more->filled_bytes;
}

/* Adds a row to another, and its place. */
static void join_rows(struct file_row *into, const struct file_row *row)
{
	if (row->start != into->end)
		into->start = into->end = 0; /* they are not next to each other */
	else
		into->end = row->end;
	file_row_add(into, row);
}

static void add_named(const struct file_stats *file, struct file_rows *rows, const struct named_part *part)
{
	struct file_row *row = add_row(rows, &part->counts, part->start, part->end);
	row->name = (struct span){ part->name, part->len, part->cut };
	if (part->end) {
		follow(file, row, part->start, part->end);
		fill_mapped(file, row);
	}
}

static void add_range(const struct file_stats *file, struct file_rows *rows, const struct range_part *range)
{
	uint64_t start = range->index * file->parts.granule, end = start + file->parts.granule;
	struct file_row *row = add_row(rows, &range->counts, start, end);
	follow(file, row, start, end);
	fill_mapped(file, row);
}

/* All bytes that have no name, in a file that has some: what is left of its distinct bytes. */
static void add_rest(const struct file_stats *file, struct file_rows *rows)
{
	const struct file_parts *parts = &file->parts;
	uint64_t named = 0;
	bool known = !file->touched.failed;
	if (!parts->used)
		return;
	for (uint32_t i = 0; i < rows->count; i++) {
		named += rows->rows[i].distinct_bytes;
		known &= rows->rows[i].distinct_known;
	}
	uint64_t all = covered_bytes(&file->touched, 0, UINT64_MAX);
	struct file_row *row = add_row(rows, &parts->ranges[0].counts, 0, 0);
	for (uint32_t i = 1; i < parts->used; i++)
		file_counts_add(&row->counts, &parts->ranges[i].counts);
	row->rest = true;
	row->distinct_known = known && named <= all;
	row->distinct_bytes = row->distinct_known ? all - named : 0;
}

static void add_unplaced(const struct file_stats *file, struct file_rows *rows)
{
	if (!file_sums_bytes(&file->parts.unplaced.sums))
		return;
	struct file_row *row = add_row(rows, &file->parts.unplaced, 0, 0);
	row->unplaced = true;
}

static int by_place(const void *a, const void *b)
{
	const struct file_row *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	uint32_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = len ? memcmp(x->name.data, y->name.data, len) : 0;
	return order ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

static int by_time(const void *a, const void *b)
{
	const struct file_row *x = a, *y = b;
	uint64_t i = file_sums_time(&x->counts.sums), j = file_sums_time(&y->counts.sums);
	if (i == j) {
		i = file_sums_bytes(&x->counts.sums);
		j = file_sums_bytes(&y->counts.sums);
	}
	return i == j ? by_place(a, b) : i < j ? 1 : -1;
}

void file_rows_sort(struct file_rows *rows)
{
	if (rows->count)
		qsort(rows->rows, rows->count, sizeof(*rows->rows), by_time);
}

/* ---- ways to show them ---- */

static bool same_layer(const struct file_row *a, const struct file_row *b)
{
	uint32_t len = layer_name_len(a->name);
	return a->name.data && b->name.data && len == layer_name_len(b->name) &&
	       memcmp(a->name.data, b->name.data, len) == 0;
}

struct numbered {
	struct file_row *row;
	uint32_t at; /* in the file's order */
};

static int by_layer(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	uint32_t i = layer_name_len(x->row->name), j = layer_name_len(y->row->name), len = i < j ? i : j;
	int order = len ? memcmp(x->row->name.data, y->row->name.data, len) : 0;
	if (order || i != j)
		return order ? order : i < j ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* Joins the tensors of each layer, in the place of its first one. */
static void make_layers(struct file_rows *rows)
{
	struct numbered *order = calloc(rows->count ? rows->count : 1, sizeof(*order));
	rows->failed |= !order;
	if (!order)
		return;
	for (uint32_t i = 0; i < rows->count; i++)
		order[i] = (struct numbered){ &rows->rows[i], i };
	qsort(order, rows->count, sizeof(*order), by_layer);
	for (uint32_t i = 0, first = 0; i < rows->count; i++) {
		if (i > first && same_layer(order[first].row, order[i].row)) {
			join_rows(order[first].row, order[i].row);
			order[i].row->counts.sums = (struct file_sums){ 0 };
			order[i].row->end = UINT64_MAX; /* gone */
			order[i].row->start = UINT64_MAX;
		} else {
			first = i;
		}
	}
	free(order);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < rows->count; i++) {
		if (rows->rows[i].start == UINT64_MAX)
			continue;
		rows->rows[kept] = rows->rows[i];
		rows->rows[kept].name.len = layer_name_len(rows->rows[kept].name);
		kept++;
	}
	rows->count = kept;
	rows->by = BY_LAYER;
}

/* Joins neighbours of twice the size, until there are no more than `most`. */
static void make_larger(struct file_rows *rows, uint64_t granule, uint32_t most)
{
	while (rows->count > most && granule < RANGE_LAST) {
		uint32_t kept = 0;
		granule *= 2;
		for (uint32_t i = 0; i < rows->count; i++) {
			struct file_row *row = &rows->rows[i];
			uint64_t start = row->start & ~(granule - 1);
			if (kept && rows->rows[kept - 1].start == start) {
				row->start = rows->rows[kept - 1].end;
				join_rows(&rows->rows[kept - 1], row);
			} else {
				rows->rows[kept++] = *row;
			}
			rows->rows[kept - 1].start = start;
			rows->rows[kept - 1].end = start + granule;
		}
		rows->count = kept;
	}
}

void file_rows_shorten(struct file_rows *rows, enum parts_by by, uint32_t most)
{
	if (by == BY_LAYER || (by == BY_ANY && rows->count > most))
		make_layers(rows);
}

struct file_rows file_rows_of(const struct file_stats *file, enum parts_by by, uint32_t most)
{
	const struct file_parts *parts = &file->parts;
	uint32_t named = HASH_COUNT(parts->named);
	struct file_rows rows = { .by = named ? BY_TENSOR : BY_RANGE };
	rows.rows = calloc(named + (named ? 1 : parts->used) + 1, sizeof(*rows.rows));
	if (!rows.rows) {
		rows.failed = true;
		return rows;
	}
	for (const struct named_part *part = parts->named; part; part = part->hh.next)
		add_named(file, &rows, part);
	if (named) {
		qsort(rows.rows, rows.count, sizeof(*rows.rows), by_place);
		file_rows_shorten(&rows, by, most);
		add_rest(file, &rows);
	} else {
		for (uint32_t i = 0; i < parts->used; i++)
			add_range(file, &rows, &parts->ranges[i]);
		make_larger(&rows, parts->granule, most);
	}
	add_unplaced(file, &rows);
	for (uint32_t i = 0; i < rows.count; i++)
		note_file(file, &rows.rows[i]);
	return rows;
}

void file_rows_free(struct file_rows *rows)
{
	free(rows->rows);
	*rows = (struct file_rows){ 0 };
}
