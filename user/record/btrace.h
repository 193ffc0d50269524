/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace files: the records of a timeline, in order, in some twenty bytes each, so that recording costs little
 * and any output can be made later, anywhere. docs/btrace.md describes the format.
 */
#ifndef USER_RECORD_BTRACE_H
#define USER_RECORD_BTRACE_H

#include "user/base/out.h"
#include "user/event/sink.h"

#define BTRACE_MAGIC "BTRACE\n\5" /* 8 bytes; the last is the version */

/* ---- writing ---- */

struct btrace_writer;

/* Writes the head. NULL: out of memory. `timed`: durations were asked for. */
struct btrace_writer *btrace_writer_new(struct out *out, const struct run_start *start, bool timed);
void btrace_writer_free(struct btrace_writer *writer);

/* Appends a record, whose time is not less than the one before. 0 or -errno of writing. */
int btrace_write(struct btrace_writer *writer, const struct event_header *record, unsigned cpu);

/* Writes the end: how the run ended, what was counted and lost. */
int btrace_finish(struct btrace_writer *writer, const struct run_result *result);

/* ---- reading: files are hostile ---- */

struct btrace_reader;

/* What a file says before and after its records. Belongs to the reader. */
struct btrace_head {
	struct run_start start;
	bool timed;
};

/* Opens a file. NULL: *error says what is wrong with it, in words. */
struct btrace_reader *btrace_reader_open(const char *path, const char **error);
void btrace_reader_close(struct btrace_reader *reader);

const struct btrace_head *btrace_head(const struct btrace_reader *reader);

/* 1: the next record, valid until the next call; 0: there are no more; -errno; -EBADMSG: damaged from here
 * on. */
int btrace_read(struct btrace_reader *reader, const struct event_header **record, unsigned *cpu);

/* After the last record: the result. False: the recording was cut off, and nothing is known. */
bool btrace_result(struct btrace_reader *reader, struct run_result *result);

#endif
