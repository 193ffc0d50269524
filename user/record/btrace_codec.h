/* SPDX-License-Identifier: BSD-2-Clause */
/* One record to bytes and back. What both sides remember of the records before makes most numbers small. */
#ifndef USER_RECORD_BTRACE_CODEC_H
#define USER_RECORD_BTRACE_CODEC_H

#include "user/event/event.h"
#include "user/base/text.h"

/* A record's size is 16 bits. */
#define RECORD_BYTES_MAX 65536

enum { BTRACE_LINES = 8 };

/* Of the records of a CPU, which are alike; CPUs whose numbers are the same modulo BTRACE_LINES share one. */
struct btrace_line {
	uint32_t pid, tid, cpu;
	struct file_id file; /* of the call before */
	int64_t pos;
	uint64_t args[SYSCALL_MAX][6]; /* of the last call of each number */
};

struct btrace_memory {
	uint64_t time_ns;
	unsigned now;  /* the line of the record before */
	unsigned used; /* bit n: line n holds something */
	struct btrace_line lines[BTRACE_LINES];
};

/* Forgets everything: as memory that is all zero. */
void btrace_forget(struct btrace_memory *memory);

/* Appends a record. */
void btrace_encode(
	struct btrace_memory *memory, struct text *out, const struct event_header *record, unsigned cpu);

/*
 * Decodes one record from data[0 .. len) into `record`, which has room for RECORD_BYTES_MAX. Returns the
 * bytes it took, 0 if it goes on behind the data, -EBADMSG if it is none.
 */
long btrace_decode(struct btrace_memory *memory, const unsigned char *data, size_t len,
	struct event_header *record, unsigned *cpu);

#endif
