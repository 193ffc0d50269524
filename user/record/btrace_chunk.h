/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chunks of a trace file. Each has a head with a checksum of its own and one of what follows it, and can be read
 * without the others: so a reader finds what is damaged, what is missing, and where it goes on. docs/btrace.md has
 * the layout.
 */
#ifndef USER_RECORD_BTRACE_CHUNK_H
#define USER_RECORD_BTRACE_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first bytes of each chunk, by which the next one is found behind damage. */
#define BTRACE_MARK                                                                                          \
	"\x89"                                                                                               \
	"BTCHK\x1a\n"
#define BTRACE_MARK_BYTES 8u

#define BTRACE_HEAD_BYTES  80u
#define BTRACE_BYTES_MAX   (4u << 20)  /* behind a head */
#define BTRACE_CHUNK_BYTES (64u << 10) /* a chunk of records ends with the record that fills it to this */

enum btrace_chunk_kind { BTRACE_CHUNK_HEAD = 1, BTRACE_CHUNK_RECORDS, BTRACE_CHUNK_END };

/* What a chunk's head says. */
struct btrace_chunk {
	uint32_t kind;                          /* enum btrace_chunk_kind */
	uint32_t bytes;                         /* that follow the head */
	uint64_t number;                        /* from 0 */
	uint64_t run;                           /* the same in all chunks of a recording, and in no other */
	int64_t start_time_ns, clock_offset_ns; /* struct run_start */
	uint64_t time_ns;                       /* of its first record; of head and end: 0 */
	uint32_t timed;                         /* calls have durations */
};

/* Writes the head of a chunk that `data` follows. */
void btrace_chunk_put(
	unsigned char head[BTRACE_HEAD_BYTES], const struct btrace_chunk *chunk, const void *data);

/* Reads a head. False: it is none, or damaged. */
bool btrace_chunk_get(const unsigned char head[BTRACE_HEAD_BYTES], struct btrace_chunk *chunk);

/* True if the data behind a head that btrace_chunk_get() took is what was written. */
bool btrace_chunk_whole(const unsigned char head[BTRACE_HEAD_BYTES], const void *data, size_t bytes);

/* Where the next mark begins in data[from .. len): `len` if there is none, or the first place where a mark may begin
 * that the data cuts off. */
size_t btrace_chunk_find(const unsigned char *data, size_t from, size_t len);

#endif
