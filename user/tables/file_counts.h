/* SPDX-License-Identifier: BSD-2-Clause */
/* What was done to a file, or to a part of it. */
#ifndef USER_TABLES_FILE_COUNTS_H
#define USER_TABLES_FILE_COUNTS_H

#include "bpf/events.h"

#include <stdbool.h>
#include <stdint.h>

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
	uint64_t
		fault_ns; /* in faults that had to read, and waits of others for a page that was being read */
	uint64_t disk_ns; /* of call_ns and fault_ns: waited for the disk */
	uint64_t disk_requests, disk_bytes; /* read from disks for traced tasks: events of the block layer */
	uint64_t disk_write_requests, disk_write_bytes;
	uint64_t disk_other_bytes; /* read and written for tasks that are not traced */
	uint64_t evicted_bytes;    /* deleted from the page cache by the kernel, to make room */
	uint64_t refault_bytes;    /* of fill_bytes: pages that it had evicted before */
};

#define FILE_SUMS (sizeof(struct file_sums) / sizeof(uint64_t))

/* How long calls and requests took that read or write, in the buckets that the kernel side has for its sums: what is
 * summed up there and what is counted here give the same percentiles. */
struct file_times {
	uint64_t counts[IO_SPREAD];
	uint64_t max_ns;
};

/* How long pages had been gone that came back: bytes by the power of two of units of GONE_SHIFT; the first and the last one
 * have all that is below and above. */
enum { BACK_BUCKETS = 24 };
struct file_back {
	uint64_t bytes[BACK_BUCKETS];
};

struct file_counts {
	struct file_sums sums;
	struct file_times took;
	struct file_back back;
};

void file_back_add(struct file_back *back, uint64_t gone_ns, uint64_t bytes);
/* Where a bucket begins, in nanoseconds; the next one begins where it ends. */
uint64_t file_back_from(unsigned bucket);
/* The time that half of the bytes do not exceed, off by a half at most. False: none came back. */
bool file_back_median(const struct file_back *back, uint64_t *ns);

void file_times_add(struct file_times *times, uint64_t ns);
/* Several, of which the longest took max_ns. */
void file_times_add_spread(struct file_times *times, const __u8 spread[IO_SPREAD], uint64_t max_ns);
/* The time that `percent` of all do not exceed, off by a fifth at most. False: there is none. */
bool file_times_percentile(const struct file_times *times, double percent, uint64_t *ns);

void file_counts_add(struct file_counts *into, const struct file_counts *from);

/* The time that orders the tables: in calls, requests and faults. */
uint64_t file_sums_time(const struct file_sums *sums);
/* And, where no times are known, the bytes. */
uint64_t file_sums_bytes(const struct file_sums *sums);

#endif
