/* SPDX-License-Identifier: BSD-2-Clause */
#include "screen.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include <ncurses.h>

#include "user/base/clock.h"
#include "loop.h"
#include "screen_parts.h"

#define GONE_NS 5000000000u /* how long ended bundles and files are shown */

/* --- the terminal --- */

static void start_terminal(struct view *view)
{
	setlocale(LC_ALL, "");
	view->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	initscr();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	text_looks();
}

/* --- what is shown --- */

static void fill_bundles(struct view *view)
{
	struct list *list = &view->bundles;
	list_clear(list);
	for (const struct bundle *b = view->watch->state->bundles; b; b = b->hh.next)
		if (list_wants(list, b->path) || list_wants(list, b->comm))
			list_add(list, b);
	list_sort(list, view->watch->state);
}

static void fill_models(struct view *view)
{
	struct list *list = &view->models;
	const struct bundle *bundle = view_bundle(view);
	list_clear(list);
	for (const struct model *m = bundle ? bundle->models : NULL; m; m = m->hh.next)
		if (list_wants(list, m->name))
			list_add(list, m);
	list_sort(list, view->watch->state);
}

static void footer(struct view *view, int y, int width)
{
	const struct list *list = view_focus(view);
	struct text t = { 0 };
	if (view->typing || list->filter[0]) {
		text_str(&t, "filter: ");
		text_escaped(&t, list->filter, strlen(list->filter));
		text_str(&t, view->typing ? "_   Enter: done  Esc: all" : "   Esc: all");
	} else {
		text_str(&t,
			view->watch->options->files
				? "?help /filter <>sort Tab Enter f:files/bundles space:pause +-interval q:quit"
				: "?help /filter <>sort Tab Enter space:pause l:panel +-interval q:quit");
	}
	text_put(y, 0, width, true, LOOK_KEY, t.data, t.len);
	text_free(&t);
}

/* Lines: bundles get what they need up to a third, the panel a quarter or a half if there is room, models the rest. */
static void draw_tables(struct view *view, int y, int height, int width)
{
	const struct state *state = view->watch->state;
	const struct bundle *bundle = view_bundle(view);
	int panel = height < 14 ? 0 : height / (view->panel == PANEL_LOG ? 4 : 2), left = height - panel;
	int wanted = (int)(view->bundles.used < 1000 ? view->bundles.used : 1000) + 1;
	int most = view->collapsed || !bundle ? left : left / 3 < 2 ? 2 : left / 3;
	int lines = wanted < most ? wanted : most;
	if (view->collapsed || !bundle)
		lines = left;
	list_draw(&view->bundles, state, y, lines, width, !view->in_models, bundle_look);
	y += lines;
	left -= lines;
	view->models.height = 0;
	if (!view->collapsed && bundle && left > 0) {
		if (left >= 6) {
			histories_draw(view, bundle, y++, width);
			left--;
		}
		list_draw(&view->models, state, y, left, width, view->in_models, model_look);
		y += left;
	}
	if (panel && view->panel == PANEL_LOG)
		log_draw(view, y, panel, width);
	else if (panel)
		histogram_draw(view, bundle, y, panel, width);
}

static void draw(struct view *view)
{
	int height, width;
	getmaxyx(stdscr, height, width);
	erase();
	fill_bundles(view);
	fill_models(view);
	files_fill(view);
	if (view->help) {
		help_draw(view, height, width);
	} else {
		int y = header_draw(view, height, width);
		view->bundles.height = view->models.height = 0;
		view->files.height = view->parts.height = 0;
		if (height > y + 1 && view->in_files)
			files_draw(view, y, height - y - 1, width);
		else if (height > y + 1)
			draw_tables(view, y, height - y - 1, width);
		footer(view, height - 1, width);
	}
	refresh();
}

/* --- the loop --- */

static void take_keys(struct view *view)
{
	for (int key; (key = getch()) != ERR;)
		input_key(view, key == '\r' ? '\n' : key);
}

static int run(struct view *view, int signals)
{
	struct watch *watch = view->watch;
	uint64_t last_ns = watch->state->now_ns;
	int woken = 0;
	draw(view);
	while (!view->quit) {
		uint64_t interval_ns = (uint64_t)(view->interval * 1e9);
		woken = loop_wait(watch, signals, STDIN_FILENO, last_ns + interval_ns);
		if (woken < 0 || woken == LOOP_SIGNAL || woken == LOOP_OVER)
			break;
		take_keys(view);
		uint64_t now_ns = clock_monotonic_ns();
		if (now_ns >= last_ns + interval_ns) {
			last_ns = now_ns;
			int err = view->paused ? 0 : watch_read(watch);
			if (err)
				return err;
			if (!view->paused)
				watch_forget(watch, GONE_NS);
		}
		draw(view);
	}
	return woken < 0 ? woken : 0;
}

int screen_run(struct watch *watch, int signals)
{
	struct view view = { .watch = watch, .interval = watch->options->interval };
	int kept, held = messages_hold(&kept);
	list_init(&view.bundles, bundle_columns, bundle_column_count, BUNDLE_SORT);
	list_init(&view.files, file_columns, file_column_count, FILE_SORT);
	view.files.group = file_group;
	list_init(&view.parts, part_columns, part_column_count, PART_SORT);
	view.parts.upwards = true;
	view.in_files = watch->options->files;
	view.parts_open = watch->options->parts;
	list_init(&view.models, model_columns, model_column_count, MODEL_SORT);
	start_terminal(&view);
	int err = run(&view, signals);
	endwin();
	messages_release(held, kept);
	list_free(&view.bundles);
	list_free(&view.models);
	list_free(&view.files);
	list_free(&view.parts);
	return err;
}
