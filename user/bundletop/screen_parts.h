/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of the screen: the view that keys change, lists, and putting text on the terminal. */
#ifndef USER_BUNDLETOP_SCREEN_PARTS_H
#define USER_BUNDLETOP_SCREEN_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "user/base/text.h"
#include "watch.h"

enum { FILTER_BYTES = 64 };

/* How a cell looks; a terminal without colours uses bold and reverse. */
enum look { LOOK_PLAIN, LOOK_DIM, LOOK_GOOD, LOOK_BUSY, LOOK_BAD, LOOK_TITLE, LOOK_KEY, LOOK_CHOSEN, LOOKS };

struct column {
	const char *title;
	unsigned char width; /* of the last column: the minimum */
	unsigned char rank; /* columns without room are dropped, the highest rank first; 0 is never dropped */
	bool left;          /* aligned to the left, and sorted upwards at first */
	bool keep_end;      /* text that is too long is cut at its beginning */
	void (*format)(struct text *t, const struct state *state, const void *row);
	/* one of the two gives the order */
	double (*value)(const struct state *state, const void *row);
	const char *(*text)(const void *row);
};

enum { COLUMNS_MAX = 20 };

/* A table that is sorted by one of its columns, filtered, scrolled; one row is chosen. */
struct list {
	const struct column *columns;
	unsigned count;
	unsigned sort; /* column */
	bool upwards;
	/* rows of the same group stand together, that row first which the group is; NULL: each is its own */
	const void *(*group)(const void *row);
	char filter[FILTER_BYTES];
	const void **rows;
	size_t used, room;
	size_t at, top;        /* the chosen row, the first one on the screen */
	const void *chosen;    /* may be freed already: only compare it */
	int y, height;         /* on the screen, with the line of titles */
	int ends[COLUMNS_MAX]; /* where each column ends on the screen; -1: dropped */
};

enum panel { PANEL_LOG, PANEL_HISTOGRAM, PANELS };

struct view {
	struct watch *watch;
	struct list bundles, models, files, parts;
	bool in_models;                 /* the keys move in the models */
	bool in_files;                  /* --files: they are shown instead */
	bool in_parts;                  /* of these, the keys move in the parts */
	bool collapsed;                 /* the models are hidden */
	bool parts_open;                /* the chosen file's parts are shown: those of ... */
	const struct part_file *parted; /* NULL: of none */
	bool paused, help, typing, quit, utf8;
	enum panel panel;
	double interval; /* seconds */
};

/* --- screen_text.c --- */

/* Sets up the looks, with or without colours. */
void text_looks(void);

/* Puts any bytes at y, x in `width` columns: cut or padded, with control characters replaced. */
void text_put(int y, int x, int width, bool left, enum look look, const char *text, size_t len);
void text_put_end(
	int y, int x, int width, enum look look, const char *text, size_t len); /* cut at its beginning */
void text_put_str(int y, int x, int width, enum look look, const char *text);

/* A bar of `width` columns, filled to `part` (0 to 1), with words at its right end. */
void text_bar(
	const struct view *view, int y, int x, int width, double part, enum look look, const char *words);

/* One column of a history: `part` from 0 to 1; negative: nothing. */
void text_spark(const struct view *view, int y, int x, double part, enum look look);

/* --- screen_list.c --- */

void list_init(struct list *list, const struct column *columns, unsigned count, unsigned sort);
void list_free(struct list *list);
void list_clear(struct list *list);
void list_add(struct list *list, const void *row);
bool list_wants(const struct list *list, const char *text); /* it passes the filter */
void list_sort(struct list *list, const struct state *state);
void list_move(struct list *list, long by);
void list_choose_sort(struct list *list, unsigned column);
const void *list_chosen(const struct list *list); /* NULL: the list is empty */
void list_draw(struct list *list, const struct state *state, int y, int height, int width, bool focus,
	enum look (*look)(const struct state *state, const void *row));

/* --- the parts of the screen --- */

extern const struct column bundle_columns[], model_columns[], file_columns[], part_columns[];
extern const unsigned bundle_column_count, model_column_count, file_column_count, part_column_count;
/* By reloads; files by bytes filled, parts by their place in the file. */
enum { BUNDLE_SORT = 7, MODEL_SORT = 5, FILE_SORT = 9, PART_SORT = 1 };
enum look bundle_look(const struct state *state, const void *row);
enum look file_look(const struct state *state, const void *row);
const void *file_group(const void *row);
enum look model_look(const struct state *state, const void *row);
enum look part_look(const struct state *state, const void *row);

int header_draw(const struct view *view, int height, int width); /* returns the number of its lines */
void histories_draw(const struct view *view, const struct bundle *bundle, int y, int width);
void log_draw(const struct view *view, int y, int height, int width);
void histogram_draw(const struct view *view, const struct bundle *bundle, int y, int height, int width);
void files_fill(struct view *view);
void files_draw(struct view *view, int y, int height, int width);
void help_draw(const struct view *view, int height, int width);

/* Handles one key, or a mouse event. */
void input_key(struct view *view, int key);

/* The list in which the keys move. */
static inline struct list *view_focus(struct view *view)
{
	if (view->in_files)
		return view->in_parts && view->parts_open ? &view->parts : &view->files;
	return view->in_models && !view->collapsed ? &view->models : &view->bundles;
}

/* The bundle whose models are shown; NULL: there is none. */
static inline const struct bundle *view_bundle(const struct view *view)
{
	return list_chosen(&view->bundles);
}

#endif
