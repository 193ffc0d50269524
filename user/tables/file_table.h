/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was done to files, and to their parts: of calls that are emitted one by one, requests of io_uring, and sums of
 * operations, which never describe the same call. Files are told apart by device and inode. Memory has a limit
 * (FILES_BYTES): files that are new when it is reached are counted together as "(others)".
 */
#ifndef USER_TABLES_FILE_TABLE_H
#define USER_TABLES_FILE_TABLE_H

#include <uthash.h>

#include "user/event/event.h"
#include "user/event/file_facts.h"
#include "covered.h"
#include "file_parts.h"

enum { FILES_BYTES = 24 * 1024 * 1024, FILE_NAMES = 8, FILE_MAPS = 64 };

/* By which parts the tables show a file. */
enum parts_by {
	BY_ANY, /* by tensors or models, where the file has names, else by ranges */
	BY_TENSOR,
	BY_LAYER,
	BY_RANGE,
};

struct map_range {
	uint64_t start, bytes, count;
};

struct file_stats {
	struct {
		uint64_t ino, dev;
	} key;
	struct file_counts counts;
	struct covered touched; /* read by calls and io_uring, or touched through a mapping */
	struct covered filled;  /* came into the page cache */
	struct file_parts parts;
	struct map_range *maps; /* what was mapped, each range once; FILE_MAPS; NULL: nothing */
	uint32_t maps_used;
	bool maps_missing;                /* there were more ranges */
	bool opened_direct, opened_other; /* with O_DIRECT, without it */
	bool direct_unknown;              /* calls read it while it was open with and without O_DIRECT */
	const char *format;               /* NULL: of no known one */
	char *path; /* the first one seen, not of a removed name if there are others; NULL: unknown */
	uint32_t path_len;
	bool path_cut, path_deleted;
	uint16_t names[FILE_NAMES]; /* numbers of its names (struct file_id), the first one first */
	uint32_t names_used;
	struct file_stats *next;
	UT_hash_handle hh; /* by key */
};

struct file_table {
	struct file_stats *files;  /* uthash */
	struct file_stats *last;   /* of the last operation */
	struct file_counts others; /* files that have no entry for lack of memory */
	bool has_others;
	enum parts_by by;
	struct file_facts facts;
	size_t room; /* bytes left of FILES_BYTES */
};

struct file_table *files_table_new(enum parts_by by); /* NULL: out of memory */
void files_table_free(struct file_table *table);

/* Takes any event; ignores those that are about no regular file and no block device. */
void files_table_event(struct file_table *table, const struct event *ev);

/* Puts files in order: most time first, then most bytes. */
void files_table_sort(struct file_table *table);

/* Whether a sum means something: it was observed, or some of it was. */
bool files_table_knows(const struct file_table *table, enum file_fact fact, uint64_t value);

#endif
