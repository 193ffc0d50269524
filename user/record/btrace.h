/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace files: the records of a timeline, in order, in about twenty bytes each, so that recording costs
 * little and any output can be made later, on any machine. docs/btrace.md describes the format.
 */
#ifndef USER_RECORD_BTRACE_H
#define USER_RECORD_BTRACE_H

#include "user/base/out.h"
#include "user/event/sink.h"

#define BTRACE_MAGIC "BTRACE\n\5" /* 8 bytes; the last is the version */

/* ---- writing ---- */

struct btrace_writer;

/* Writes the head to `out`, which must outlive the writer. `timed`: calls have durations. NULL: out of
 * memory. */
struct btrace_writer *btrace_writer_new(struct out *out, const struct run_start *start, bool timed);
void btrace_writer_free(struct btrace_writer *writer);

/* Appends a record. Times never go back. 0, or -errno from writing. */
int btrace_write(struct btrace_writer *writer, const struct event_header *record, unsigned cpu);

/* Writes the end (exit status, counts, losses, notes) and flushes. 0 or -errno. */
int btrace_finish(struct btrace_writer *writer, const struct run_result *result);

/* ---- reading: a file may be damaged, or made to do harm ---- */

struct btrace_reader;

/* What a file has before its records. Belongs to the reader. */
struct btrace_head {
	struct run_start start;
	bool timed;
};

/* Opens a file. NULL: *error is a message that says what is wrong with it (a static string). */
struct btrace_reader *btrace_reader_open(const char *path, const char **error);
void btrace_reader_close(struct btrace_reader *reader);

const struct btrace_head *btrace_head(const struct btrace_reader *reader);

/* 1: *record is the next one, valid until the next call; 0: there are no more; -errno; -EBADMSG: the file
 * is damaged from here on. */
int btrace_read(struct btrace_reader *reader, const struct event_header **record, unsigned *cpu);

/* The result, once btrace_read() has returned 0. Its arrays belong to the reader. False: the recording was
 * cut off and has none. */
bool btrace_result(struct btrace_reader *reader, struct run_result *result);

#endif
