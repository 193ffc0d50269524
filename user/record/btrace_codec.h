/* SPDX-License-Identifier: BSD-2-Clause */
/* Encodes and decodes single records. Both sides remember the previous records, so that most numbers are
 * small differences. */
#ifndef USER_RECORD_BTRACE_CODEC_H
#define USER_RECORD_BTRACE_CODEC_H

#include "user/event/event.h"
#include "user/base/text.h"

/* A record's size is 16 bits. */
#define RECORD_BYTES_MAX 65536

enum { BTRACE_LINES = 8 };

/* A line is the sequence of one CPU's records, which resemble each other. CPUs whose numbers are equal modulo
 * BTRACE_LINES share one. */
struct btrace_line {
	uint32_t pid, tid, cpu;
	struct file_id file;           /* of the last call */
	int64_t pos;                   /* in that file, after the call */
	uint64_t args[SYSCALL_MAX][6]; /* of the last call of each number */
};

struct btrace_memory {
	uint64_t time_ns;
	unsigned now;  /* the line of the previous record */
	unsigned used; /* bit n: line n is not all zero */
	struct btrace_line lines[BTRACE_LINES];
};

/* Back to the initial state: all zero. */
void btrace_forget(struct btrace_memory *memory);

/* Appends an encoded record to `out`. */
void btrace_encode(
	struct btrace_memory *memory, struct text *out, const struct event_header *record, unsigned cpu);

/*
 * Decodes one record from data[0 .. len) into `record`, which has room for RECORD_BYTES_MAX bytes, and the
 * CPU that it is from. Returns the number of bytes it took; 0: the record ends behind the data; -EBADMSG:
 * the data is damaged.
 */
long btrace_decode(struct btrace_memory *memory, const unsigned char *data, size_t len,
	struct event_header *record, unsigned *cpu);

/* Counts a record. What the caller of execve passed comes before its call, and is no event of its own. */
static inline void btrace_count(uint64_t counts[EVENT_KINDS], const struct event_header *record)
{
	const struct event_syscall *call = (const void *)record;
	if (record->kind != EVENT_SYSCALL || record->size < sizeof(*call) || call->result != RESULT_EXECUTING)
		counts[record->kind]++;
}

/* How many records of each kind were written before a place in a file. _put() appends them. _get() takes them from
 * data[0 .. len) and returns the number of bytes they took, 0 if they are damaged; kinds that are not known here are
 * left out. */
void btrace_counts_put(struct text *out, const uint64_t counts[EVENT_KINDS]);
size_t btrace_counts_get(const unsigned char *data, size_t len, uint64_t counts[EVENT_KINDS]);

#endif
