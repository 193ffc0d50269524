/* SPDX-License-Identifier: BSD-2-Clause */
#define NCURSES_WIDECHAR 1
#include <stdlib.h>
#include <wchar.h>

#include <ncurses.h>

#include "screen_parts.h"

static int looks[LOOKS];

void text_looks(void)
{
	static const struct {
		enum look look;
		short colour;
		int bold;
	} colours[] = { { LOOK_DIM, COLOR_CYAN, 0 }, { LOOK_GOOD, COLOR_GREEN, 0 },
		{ LOOK_BUSY, COLOR_YELLOW, 0 }, { LOOK_BAD, COLOR_RED, 1 } };
	const char *no_color = getenv("NO_COLOR");
	looks[LOOK_BAD] = A_BOLD;
	looks[LOOK_TITLE] = looks[LOOK_KEY] = looks[LOOK_CHOSEN] = A_REVERSE;
	if ((no_color && *no_color) || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++) {
		short pair = (short)(i + 1);
		if (init_pair(pair, colours[i].colour, -1) == OK)
			looks[colours[i].look] = COLOR_PAIR(pair) | (colours[i].bold ? A_BOLD : 0);
	}
}

/* The next character of the text, one or two columns wide; '?' for invalid or unprintable bytes. */
static wchar_t next_char(const char **text, const char *end, int *columns)
{
	wchar_t c;
	mbstate_t state = { 0 };
	size_t got = mbrtowc(&c, *text, (size_t)(end - *text), &state);
	*columns = 1;
	if (got == (size_t)-1 || got == (size_t)-2 || got == 0) {
		(*text)++;
		return L'?';
	}
	*text += got;
	int width = wcwidth(c);
	if (width < 1 || width > 2)
		return L'?';
	*columns = width;
	return c;
}

static int columns_of(const char *text, const char *end)
{
	int sum = 0, columns;
	while (text < end) {
		next_char(&text, end, &columns);
		sum += columns;
	}
	return sum;
}

static void spaces(int count)
{
	while (count-- > 0)
		addch(' ');
}

void text_put(int y, int x, int width, bool left, enum look look, const char *text, size_t len)
{
	const char *end = text + len;
	if (width <= 0 || y < 0 || y >= LINES || x >= COLS)
		return;
	if (width > COLS - x)
		width = COLS - x;
	int pad = width - columns_of(text, end), columns;
	attrset(looks[look]);
	move(y, x);
	if (!left)
		spaces(pad);
	while (text < end) {
		wchar_t c[2] = { next_char(&text, end, &columns), 0 };
		if (columns > width)
			break;
		addwstr(c);
		width -= columns;
	}
	if (left && pad > 0)
		spaces(pad);
	attrset(A_NORMAL);
}

void text_put_end(int y, int x, int width, enum look look, const char *text, size_t len)
{
	const char *end = text + len;
	int over = columns_of(text, end) - (width < COLS - x ? width : COLS - x), columns;
	if (over > 0) {
		/* one more column for the mark */
		for (over++; over > 0 && text < end; over -= columns)
			next_char(&text, end, &columns);
		text_put_str(y, x++, 1, look, "~");
		width--;
	}
	text_put(y, x, width, true, look, text, (size_t)(end - text));
}

void text_put_str(int y, int x, int width, enum look look, const char *text)
{
	text_put(y, x, width, true, look, text, strlen(text));
}

void text_bar(
	const struct view *view, int y, int x, int width, double part, enum look look, const char *words)
{
	int inner = width - 2, len = (int)strlen(words);
	if (inner < 4)
		return;
	int full = part <= 0 ? 0 : part >= 1 ? inner : (int)(part * inner + 0.5);
	mvaddch(y, x, '[');
	for (int i = 0; i < inner; i++) {
		int word = i - (inner - len);
		attrset(i < full ? (attr_t)looks[look] : A_NORMAL);
		if (word >= 0 && len <= inner)
			addch((unsigned char)words[word]);
		else if (i < full && view->utf8)
			addwstr(L"\u2588");
		else
			addch((chtype)(i < full ? '|' : ' '));
	}
	attrset(A_NORMAL);
	addch(']');
}

void text_spark(const struct view *view, int y, int x, double part, enum look look)
{
	static const wchar_t *const blocks[] = { L"\u2581", L"\u2582", L"\u2583", L"\u2584", L"\u2585",
		L"\u2586", L"\u2587", L"\u2588" };
	static const char letters[] = "_.-=+*%#";
	int step = part >= 1 ? 7 : (int)(part * 8);
	if (y >= LINES || x >= COLS)
		return;
	attrset(looks[look]);
	if (part < 0)
		mvaddch(y, x, ' ');
	else if (view->utf8)
		mvaddwstr(y, x, blocks[step]);
	else
		mvaddch(y, x, letters[step]);
	attrset(A_NORMAL);
}
