/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to a file, or to a part of it. */
#ifndef USER_TABLES_FILE_COUNTS_H
#define USER_TABLES_FILE_COUNTS_H

#include "user/event/latency.h"

/* Sums, all of uint64_t: they are added and shared as an array. */
struct file_sums {
	uint64_t opens;
	uint64_t read_calls, read_bytes; /* calls that read, at their end too */
	uint64_t write_calls, write_bytes;
	uint64_t uring_calls, uring_bytes; /* requests of io_uring that read */
	uint64_t uring_write_calls, uring_write_bytes;
	uint64_t maps, mapped_bytes; /* calls of mmap, and the lengths they asked for */
	uint64_t other_calls, errors;
	uint64_t direct_bytes; /* of those read by calls and io_uring: with O_DIRECT */
	uint64_t faults, major_faults, faulted_bytes;
	uint64_t fill_bytes; /* came into the page cache, other than by writing */
	uint64_t call_ns;    /* in calls */
	uint64_t uring_ns;   /* from submission to completion; requests overlap */
	uint64_t fault_ns;   /* in faults that had to read */
	uint64_t disk_ns;    /* of call_ns and fault_ns: waited for the disk */
};

#define FILE_SUMS (sizeof(struct file_sums) / sizeof(uint64_t))

struct file_counts {
	struct file_sums sums;
	struct latency took; /* calls and requests that read or write */
};

/* Which share of operations on `bytes` bytes lies between two of those bytes: from `before` up to `after`. The shares
 * of neighbours add up to the whole, a single operation belongs to where it begins, and bytes are exact. */
struct file_share {
	uint64_t before, after, bytes;
};
uint64_t file_share_of(const struct file_share *share, uint64_t value);

void file_sums_add(struct file_sums *into, const struct file_sums *from);
void file_sums_add_share(
	struct file_sums *into, const struct file_sums *from, const struct file_share *share);

/* `room`: as latency_add() has it. */
void file_counts_add(struct file_counts *into, const struct file_counts *from, size_t *room);
void file_counts_free(struct file_counts *counts);

/* The time that orders the tables: in calls, requests and faults. */
uint64_t file_sums_time(const struct file_sums *sums);
/* And, where no times are known, the bytes. */
uint64_t file_sums_bytes(const struct file_sums *sums);

#endif
