/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "screen_parts.h"

void list_init(struct list *list, const struct column *columns, unsigned count, unsigned sort)
{
	*list = (struct list){ .columns = columns, .count = count, .sort = sort };
	list->upwards = columns[sort].left;
}

void list_free(struct list *list)
{
	free(list->rows);
}

void list_clear(struct list *list)
{
	list->used = 0;
}

void list_add(struct list *list, const void *row)
{
	if (list->used == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		void *rows = realloc(list->rows, room * sizeof(*list->rows));
		if (!rows)
			return;
		list->rows = rows;
		list->room = room;
	}
	list->rows[list->used++] = row;
}

bool list_wants(const struct list *list, const char *text)
{
	return !list->filter[0] || strcasestr(text, list->filter);
}

/* --- order --- */

struct order {
	const struct list *list;
	const struct state *state;
};

static int by_column(const struct order *order, const struct column *column, const void *a, const void *b)
{
	if (column->text)
		return strcmp(column->text(a), column->text(b));
	double x = column->value(order->state, a), y = column->value(order->state, b);
	return (x > y) - (x < y);
}

/* Equal rows are ordered by the last column, which is the name. */
static int compare_rows(const struct order *order, const void *x, const void *y)
{
	const struct list *list = order->list;
	int result = by_column(order, &list->columns[list->sort], x, y);
	if (result)
		return list->upwards ? result : -result;
	return by_column(order, &list->columns[list->count - 1], x, y);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct order *order = ctx;
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	const void *of_x = order->list->group ? order->list->group(x) : x,
		   *of_y = order->list->group ? order->list->group(y) : y;
	if (of_x == of_y)
		return x == of_x ? y != of_y ? -1 : 0 : y == of_y ? 1 : compare_rows(order, x, y);
	int result = compare_rows(order, of_x, of_y);
	return result ? result : of_x < of_y ? -1 : 1;
}

void list_sort(struct list *list, const struct state *state)
{
	struct order order = { list, state };
	if (list->used > 1)
		qsort_r(list->rows, list->used, sizeof(*list->rows), compare, &order);
	for (size_t i = 0; i < list->used; i++)
		if (list->rows[i] == list->chosen)
			list->at = i;
	list_move(list, 0);
}

void list_move(struct list *list, long by)
{
	long at = (long)list->at + by, last = (long)list->used - 1;
	list->at = at < 0 || last < 0 ? 0 : at > last ? (size_t)last : (size_t)at;
	list->chosen = list_chosen(list);
}

void list_choose_sort(struct list *list, unsigned column)
{
	if (column >= list->count)
		return;
	list->upwards = column == list->sort ? !list->upwards : list->columns[column].left;
	list->sort = column;
}

const void *list_chosen(const struct list *list)
{
	return list->at < list->used ? list->rows[list->at] : NULL;
}

/* --- drawing --- */

/* Drops columns, the highest rank first, until the rest fits. */
static void fit(struct list *list, int width)
{
	for (unsigned i = 0; i < list->count; i++)
		list->ends[i] = 0;
	for (int rank = 255; rank > 0; rank--) {
		int sum = -1;
		for (unsigned i = 0; i < list->count; i++)
			sum += list->ends[i] < 0 ? 0 : list->columns[i].width + 1;
		if (sum <= width)
			break;
		for (unsigned i = 0; i < list->count; i++)
			if (list->columns[i].rank == rank)
				list->ends[i] = -1;
	}
	int x = 0;
	for (unsigned i = 0; i < list->count; i++) {
		if (list->ends[i] < 0)
			continue;
		x += list->columns[i].width;
		list->ends[i] = i == list->count - 1 ? width : x;
		x++;
	}
}

static void draw_cell(
	const struct list *list, unsigned i, int y, enum look look, const char *text, size_t len)
{
	int start = 0;
	for (unsigned before = 0; before < i; before++)
		if (list->ends[before] >= 0)
			start = list->ends[before] + 1;
	if (list->ends[i] < 0)
		return;
	if (list->columns[i].keep_end)
		text_put_end(y, start, list->ends[i] - start, look, text, len);
	else
		text_put(y, start, list->ends[i] - start, list->columns[i].left, look, text, len);
}

static void draw_titles(const struct list *list, int width, bool focus)
{
	text_put_str(list->y, 0, width, focus ? LOOK_TITLE : LOOK_DIM, "");
	for (unsigned i = 0; i < list->count; i++) {
		char title[32];
		size_t len = strlen(list->columns[i].title);
		memcpy(title, list->columns[i].title, len);
		if (i == list->sort && len < list->columns[i].width)
			title[len++] = list->upwards ? '^' : 'v';
		enum look look = focus ? LOOK_TITLE : LOOK_DIM;
		draw_cell(list, i, list->y, look, title, len);
	}
}

static void draw_row(
	const struct list *list, const struct state *state, const void *row, int y, int width, enum look look)
{
	struct text cell = { 0 };
	text_put_str(y, 0, width, look, "");
	for (unsigned i = 0; i < list->count; i++) {
		text_clear(&cell);
		list->columns[i].format(&cell, state, row);
		draw_cell(list, i, y, look, cell.data ? cell.data : "", cell.len);
	}
	text_free(&cell);
}

void list_draw(struct list *list, const struct state *state, int y, int height, int width, bool focus,
	enum look (*look)(const struct state *state, const void *row))
{
	list->y = y;
	list->height = height;
	if (height < 1)
		return;
	fit(list, width);
	draw_titles(list, width, focus);
	size_t lines = height > 1 ? (size_t)height - 1 : 0;
	if (list->at < list->top)
		list->top = list->at;
	if (lines && list->at >= list->top + lines)
		list->top = list->at - lines + 1;
	if (list->used <= lines)
		list->top = 0;
	for (size_t i = 0; i < lines && list->top + i < list->used; i++) {
		const void *row = list->rows[list->top + i];
		bool chosen = focus && list->top + i == list->at;
		draw_row(list, state, row, y + 1 + (int)i, width, chosen ? LOOK_CHOSEN : look(state, row));
	}
}
