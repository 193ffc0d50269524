/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <string.h>

#include <ncurses.h>

#include "screen_parts.h"

enum { KEY_ESCAPE = 27, WHEEL_ROWS = 3 };

static const double intervals[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
enum { INTERVALS = sizeof(intervals) / sizeof(*intervals) };

static void change_interval(struct view *view, int by)
{
	int at = 0;
	while (at < INTERVALS - 1 && intervals[at] < view->interval)
		at++;
	at += by;
	if (at >= 0 && at < INTERVALS)
		view->interval = intervals[at];
}

/* Edits the filter, which applies while it is typed. */
static void type(struct view *view, int key)
{
	struct list *list = view_focus(view);
	size_t len = strlen(list->filter);
	if (key == KEY_ESCAPE) {
		list->filter[0] = '\0';
		view->typing = false;
	} else if (key == '\n' || key == KEY_ENTER) {
		view->typing = false;
	} else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && len > 0) {
		/* removes a whole UTF-8 character, with its continuation bytes */
		do
			list->filter[--len] = '\0';
		while (len > 0 && (list->filter[len - 1] & 0xc0) == 0x80);
	} else if (key >= ' ' && key < 256 && key != 127 && len + 1 < FILTER_BYTES) {
		list->filter[len] = (char)key;
		list->filter[len + 1] = '\0';
	}
}

static bool inside(const struct list *list, int y)
{
	return list->height > 0 && y >= list->y && y < list->y + list->height;
}

static void click(struct view *view, struct list *list, const MEVENT *mouse)
{
	view->in_models = list == &view->models;
	view->in_parts = list == &view->parts;
	if (mouse->y > list->y) {
		list->at = list->top + (size_t)(mouse->y - list->y - 1);
		list_move(list, 0);
		return;
	}
	for (unsigned i = 0; i < list->count; i++)
		if (list->ends[i] >= mouse->x) {
			list_choose_sort(list, i);
			return;
		}
}

static void on_mouse(struct view *view)
{
	MEVENT mouse;
	if (getmouse(&mouse) != OK)
		return;
	struct list *list = inside(&view->files, mouse.y)                        ? &view->files
			    : inside(&view->parts, mouse.y)                      ? &view->parts
			    : inside(&view->bundles, mouse.y)                    ? &view->bundles
			    : inside(&view->models, mouse.y) && !view->collapsed ? &view->models
										 : NULL;
	if (!list)
		return;
	if (mouse.bstate & BUTTON4_PRESSED)
		list_move(list, -WHEEL_ROWS);
	else if (mouse.bstate & BUTTON5_PRESSED)
		list_move(list, WHEEL_ROWS);
	else if (mouse.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
		click(view, list, &mouse);
}

static void sort_beside(struct list *list, int by)
{
	unsigned column = (list->sort + list->count + (unsigned)by) % list->count;
	if (column != list->sort)
		list_choose_sort(list, column);
}

static void move_key(struct list *list, int key)
{
	long page = list->height > 2 ? list->height - 2 : 1;
	const struct {
		int key;
		long by;
	} moves[] = { { KEY_UP, -1 }, { 'k', -1 }, { KEY_DOWN, 1 }, { 'j', 1 }, { KEY_PPAGE, -page },
		{ KEY_NPAGE, page }, { KEY_HOME, -(long)list->used }, { KEY_END, (long)list->used } };
	for (size_t i = 0; i < sizeof(moves) / sizeof(*moves); i++)
		if (moves[i].key == key)
			list_move(list, moves[i].by);
}

/* Between the upper and the lower list. */
static void switch_list(struct view *view)
{
	if (view->in_files)
		view->in_parts = !view->in_parts && view->parts_open;
	else
		view->in_models = !view->in_models && !view->collapsed;
}

/* Shows or hides the lower list. */
static void open_or_close(struct view *view)
{
	if (view->in_files) {
		view->parts_open = !view->parts_open;
		view->in_parts &= view->parts_open;
	} else {
		view->collapsed = !view->collapsed;
		view->in_models &= !view->collapsed;
	}
}

/* Keys that change what is shown; false: it is none of them. */
static bool view_key(struct view *view, int key)
{
	switch (key) {
	case 'q':
	case KEY_F(10):
		view->quit = true;
		return true;
	case 'h':
	case '?':
	case KEY_F(1):
		view->help = true;
		return true;
	case ' ':
	case 'p':
		view->paused = !view->paused;
		return true;
	case 'f':
		view->in_files = view->watch->options->files && !view->in_files;
		return true;
	case 'l':
		view->panel = (view->panel + 1) % PANELS;
		return true;
	case '\t':
		switch_list(view);
		return true;
	case '\n':
	case KEY_ENTER:
		open_or_close(view);
		return true;
	case '+':
	case '-':
		change_interval(view, key == '+' ? 1 : -1);
		return true;
	}
	return false;
}

/* Keys of the list that has the focus. */
static void list_key(struct view *view, int key)
{
	struct list *list = view_focus(view);
	switch (key) {
	case '/':
	case KEY_F(4):
		view->typing = true;
		break;
	case KEY_ESCAPE:
		list->filter[0] = '\0';
		break;
	case '<':
	case KEY_LEFT:
		sort_beside(list, -1);
		break;
	case '>':
	case KEY_RIGHT:
		sort_beside(list, 1);
		break;
	case 'r':
		list->upwards = !list->upwards;
		break;
	default:
		move_key(list, key);
	}
}

void input_key(struct view *view, int key)
{
	if (view->help)
		view->help = key == KEY_RESIZE;
	else if (key == KEY_MOUSE)
		on_mouse(view);
	else if (view->typing && key != KEY_RESIZE)
		type(view, key);
	else if (!view_key(view, key))
		list_key(view, key);
}
