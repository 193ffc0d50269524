/* SPDX-License-Identifier: BSD-2-Clause */
/* The model files (--files), and the parts of the chosen one. */
#include <string.h>

#include "part_text.h"
#include "screen_parts.h"

enum { MAP_HEIGHT = 6 }; /* lines below which there is no room for the picture of the file */

static void fill_parts(struct view *view)
{
	struct list *list = &view->parts;
	const struct model_file *chosen = list_chosen(&view->files);
	list_clear(list);
	view->parted = view->parts_open && chosen && !chosen->parts
			       ? part_watch_open(&view->watch->parts, chosen)
			       : NULL;
	const struct part_list *parts = view->parted && !view->parted->why ? view->parted->list : NULL;
	for (uint32_t i = 0; parts && i < parts->count; i++)
		if (list_wants(list, parts->parts[i].name))
			list_add(list, &parts->parts[i]);
	list_sort(list, view->watch->state);
}

void files_fill(struct view *view)
{
	struct list *list = &view->files;
	list_clear(list);
	view->parted = NULL;
	if (!view->in_files)
		return;
	for (const struct model_file *f = view->watch->files.table.list; f; f = f->hh.next)
		if (list_wants(list, f->path) || list_wants(list, f->comm))
			list_add(list, f);
	for (const struct model_file *sum = view->watch->files.table.sums; sum; sum = sum->hh.next)
		if (list_wants(list, sum->path) || list_wants(list, sum->comm))
			list_add(list, sum);
	list_sort(list, view->watch->state);
	fill_parts(view);
}

/* The whole file from left to right: how much of each piece is in the page cache. */
static void draw_map(const struct view *view, int y, int width)
{
	const struct page_looks *looks = &view->parted->looks;
	for (int x = 0; x < width; x++) {
		uint64_t from = (uint64_t)((double)looks->pages * x / width);
		uint64_t to = (uint64_t)((double)looks->pages * (x + 1) / width);
		double share = page_looks_share(looks, from, to > from ? to : from + 1);
		text_spark(view, y, x, share, share > 0 ? LOOK_GOOD : LOOK_DIM);
	}
}

static void draw_summary(const struct view *view, int y, int width)
{
	const struct model_file *chosen = list_chosen(&view->files);
	struct text t = { 0 };
	if (chosen && chosen->parts)
		text_str(&t, "a model of several files: choose one of these");
	else if (view->parted)
		part_summary(&t, view->parted, view->watch->parts.of);
	else
		text_str(&t, "its parts are not known: there is no memory for them");
	text_put(y, 0, width, true, LOOK_PLAIN, t.data, t.len);
	text_free(&t);
}

static void draw_parts(struct view *view, int y, int height, int width)
{
	bool map = height >= MAP_HEIGHT && view->parted && !view->parted->why;
	if (height < 1)
		return;
	draw_summary(view, y, width);
	if (map)
		draw_map(view, y + 1, width);
	y += 1 + map;
	height -= 1 + map;
	if (height > 0)
		list_draw(&view->parts, view->watch->state, y, height, width, view->in_parts, part_look);
}

/* Lines: files get what they need, with open parts up to a third. */
void files_draw(struct view *view, int y, int height, int width)
{
	bool open = view->parts_open && view->files.used;
	int wanted = (int)(view->files.used < 1000 ? view->files.used : 1000) + 1;
	int most = height / 3 < 2 ? 2 : height / 3, lines = wanted < most ? wanted : most;
	if (!open)
		lines = height;
	list_draw(&view->files, view->watch->state, y, lines, width, !view->in_parts, file_look);
	view->parts.height = 0;
	if (open)
		draw_parts(view, y + lines, height - lines, width);
}
