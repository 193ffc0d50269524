/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was done to files, and to their parts: of calls that are emitted one by one, requests of io_uring, and sums of
 * operations, which never describe the same call. Files are told apart by device and inode. Memory has a limit
 * (FILES_BYTES): files that are new when it is reached are counted together as "(others)"; parts leave a third of it to files.
 */
#ifndef USER_TABLES_FILE_TABLE_H
#define USER_TABLES_FILE_TABLE_H

#include "user/event/event.h"
#include "user/event/file_facts.h"
#include "device_measure.h"
#include "devices.h"
#include "file_stats.h"
#include "held.h"

enum { FILES_BYTES = 24 * 1024 * 1024 };

/* By which parts the tables show a file. */
enum parts_by {
	BY_ANY, /* by tensors or models, where the file has names, else by ranges */
	BY_TENSOR,
	BY_LAYER,
	BY_RANGE,
};

struct file_table {
	struct file_stats *files;  /* uthash */
	struct file_stats *last;   /* of the last operation */
	struct file_model *models; /* uthash; files_table_sort() puts them in order */
	struct file_counts others; /* files that have no entry for lack of memory */
	bool has_others;
	enum parts_by by;
	struct file_facts facts;
	struct held held; /* by caches of bundles */
	struct device_table devices;
	bool measured; /* --measure-device: `measure` says what came of it */
	struct device_measure measure;
	size_t room; /* bytes left of FILES_BYTES */
};

struct file_table *files_table_new(enum parts_by by); /* NULL: out of memory */
void files_table_free(struct file_table *table);

/* Takes any event; ignores those that are about no regular file and no block device. */
void files_table_event(struct file_table *table, const struct event *ev);

/* Puts files in order: most time first, then most bytes; and models, whose files and sums it finds. */
void files_table_sort(struct file_table *table);

/* Whether a sum means something: it was observed, or some of it was. */
bool files_table_knows(const struct file_table *table, enum file_fact fact, uint64_t value);

#endif
