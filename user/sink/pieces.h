/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pieces that the sinks of text, JSON and CSV and the files of the layers share. */
#ifndef USER_SINK_PIECES_H
#define USER_SINK_PIECES_H

#include "user/base/csv.h"
#include "user/base/json.h"
#include "user/event/event.h"

/* ---- JSON: an event is written a million times a second. Keys are copied with their quotes and commas as one piece
 * whose length the compiler knows, without struct json's steps. ---- */

#define LITERAL(t, s) text_add(t, "" s, sizeof(s) - 1)

/* `key`: with the comma before it, its quotes and its colon. */
#define NUMBER(t, key, v) (LITERAL(t, key), text_u64(t, v))

/* A word of the program's own, in quotes. */
static inline void json_piece_word(struct text *t, const char *s)
{
	text_char(t, '"');
	text_str(t, s);
	text_char(t, '"');
}

/* Somebody else's bytes in quotes, escaped; null where there are none. */
void json_piece_span(struct text *t, struct span s);

/* ,"error":"ENOENT" */
void json_piece_error(struct text *t, uint64_t number);

/* {"path":...,"dev":...,"ino":...}; `position`: and "offset". */
void json_piece_file(struct text *t, const struct file_ref *f, bool position);

/* ,"region":{...} */
void json_piece_region(struct text *t, const struct place *place);

/* ["a","b"] of strings that end in a zero byte each (the last may be cut short). */
void json_argv(struct json *json, struct span strings);

/* ---- CSV: the last column, `detail`: what has no column of its own, as key=value ---- */

void detail_key(struct text *t, const char *key);
void detail_u64(struct text *t, const char *key, uint64_t v);
void detail_str(struct text *t, const char *key, const char *s);

/* ---- CSV: cells ---- */

void csv_error(struct csv *csv, uint64_t number); /* its name */
void csv_duration(struct csv *csv, uint64_t ns);  /* empty for NO_DURATION */
void csv_nones(struct csv *csv, int count);       /* that many empty ones */

/* From `result` to `bundle`, of an event that is a range of a file and has no result. */
void csv_range(struct csv *csv, const struct event *ev);

/* ---- text ---- */

void add_number(struct text *t, const char *before, uint64_t v, const char *after);
void add_name(struct text *t, struct span name); /* ? where it is not known */
void add_place(
	struct text *t, const struct place *place); /*  [encoder+0],  [encoder..decoder],  [manifest] */
void add_duration(struct text *t, uint64_t ns);     /*  <0.000123>; nothing for NO_DURATION */
void add_exit(struct text *t, int status);          /* +++ exited with 0 +++ */

#endif
