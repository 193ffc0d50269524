/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The newest path record of each file. Where records are kept in chunks of which some may be dropped or damaged, each
 * chunk repeats the paths of the files that its records refer to.
 */
#ifndef USER_RECORD_FILE_RECORDS_H
#define USER_RECORD_FILE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/events.h"

struct file_records;

/* Keeps at most `bytes` of records; above that the oldest are dropped. NULL: out of memory. */
struct file_records *file_records_new(size_t bytes);
void file_records_free(struct file_records *files);

/* Copies a record. `chunk`: the one that it is stored in too, and need not repeat it; 0: none. 0 or -ENOMEM. */
int file_records_learn(struct file_records *files, const struct event_file *record, uint64_t chunk);

/* The path record of a file that a call at `time_ns` refers to, if `chunk` (from 1) does not have it yet; it counts as
 * stored there from now on, and is valid until the next call. Else NULL. */
const struct event_header *file_records_repeat(
	struct file_records *files, const struct file_id *id, uint64_t chunk, uint64_t time_ns);

/* The identities of the files that a record refers to, at most RECORD_FILES of them. How many. */
enum { RECORD_FILES = 2 };
unsigned file_records_of(const struct event_header *record, const struct file_id *ids[RECORD_FILES]);

/* Bytes of the records. */
size_t file_records_bytes(const struct file_records *files);

#endif
