/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace files: the records of a timeline, in order, in about twenty bytes each, so that recording costs
 * little and any output can be made later, on any machine. docs/btrace.md describes the format.
 */
#ifndef USER_RECORD_BTRACE_H
#define USER_RECORD_BTRACE_H

#include "user/base/out.h"
#include "user/event/file_facts.h"
#include "user/event/sink.h"

#define BTRACE_MAGIC       "BTRACE\n\6" /* the last byte is the version */
#define BTRACE_MAGIC_BYTES 8

/* ---- writing ---- */

struct btrace_writer;

/* Writes the head to `out`, which must outlive the writer. `timed`: calls have durations. NULL: out of
 * memory. */
struct btrace_writer *btrace_writer_new(struct out *out, const struct run_start *start, bool timed);
void btrace_writer_free(struct btrace_writer *writer);

/* Appends a record. Times never go back. 0, or -errno from writing. */
int btrace_write(struct btrace_writer *writer, const struct event_header *record, unsigned cpu);

/* Call it when idle: writes what has waited for a tenth of a second, so that it is kept if this process is killed. 0
 * or -errno. */
int btrace_flush(struct btrace_writer *writer);

/* Bytes that have not reached `out` yet. */
size_t btrace_waiting(const struct btrace_writer *writer);

/* Writes the end (exit status, counts, losses, notes) and flushes. 0 or -errno. */
int btrace_finish(struct btrace_writer *writer, const struct run_result *result);

/* ---- reading: a file may be damaged, or made to do harm ---- */

struct btrace_reader;

/* What a file has before its records. Belongs to the reader. */
struct btrace_head {
	struct run_start start;
	struct file_facts facts; /* that start.facts points to */
	bool timed;
	unsigned version; /* of the format; below BTRACE_CHECKED: without checksums, damage can pass unseen */
};

#define BTRACE_CHECKED 6

enum btrace_damage_kind {
	BTRACE_DAMAGED,   /* bytes are not what was written, or are missing */
	BTRACE_MISPLACED, /* a chunk comes again, or in another place */
	BTRACE_FOREIGN,   /* of another recording */
	BTRACE_BEHIND,    /* bytes behind the end */
	BTRACE_NOT_ENDED, /* the file has no end */
};

/* A part of a file that is damaged or missing. */
struct btrace_damage {
	enum btrace_damage_kind kind;
	uint64_t offset, bytes; /* in the file; bytes 0: something is missing at the offset */
	uint64_t chunk;         /* number of the first chunk that is missing */
	uint64_t after_ns;      /* time of the last record before; 0: none */
	uint64_t before_ns;     /* time of the first record behind; 0: none, or not known */
	bool head;              /* the head of the file is among it: the command is not known */
	bool counted;           /* `missing` is exact; else it is not known how many are missing */
	uint64_t missing[EVENT_KINDS];
};

/* Opens a file. NULL: *error is a message that says what is wrong with it (a static string). */
struct btrace_reader *btrace_reader_open(const char *path, const char **error);
void btrace_reader_close(struct btrace_reader *reader);

const struct btrace_head *btrace_head(const struct btrace_reader *reader);

/* BTRACE_RECORD: *record is the next one, valid until the next call; what is missing before it is in its lost_before.
 * BTRACE_DAMAGE: *damage lies between the records; valid until the next call. Reading goes on behind it.
 * BTRACE_ENDED: there are no more. -errno of reading. No record comes from a part whose checksum is wrong. */
enum { BTRACE_ENDED, BTRACE_RECORD, BTRACE_DAMAGE };
struct btrace_item {
	const struct event_header *record;
	unsigned cpu;
	const struct btrace_damage *damage;
};
int btrace_read(struct btrace_reader *reader, struct btrace_item *item);

/* The result, once btrace_read() has returned BTRACE_ENDED. Its arrays belong to the reader. False: the recording was
 * cut off and has none. */
bool btrace_result(struct btrace_reader *reader, struct run_result *result);

/* Appends a sentence about damage: what, where in the file, when in the run, and how much is missing. */
void btrace_damage_text(struct text *t, const struct btrace_damage *damage, const struct run_start *start);

#endif
