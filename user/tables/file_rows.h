/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows that tables show: a file, or its parts as tensors, layers or ranges, with what follows from their counts. */
#ifndef USER_TABLES_FILE_ROWS_H
#define USER_TABLES_FILE_ROWS_H

#include "file_table.h"

struct file_row {
	struct span name;    /* of a part; data NULL: bytes that have no name, or a range */
	uint64_t start, end; /* of a part, in the file; both 0: not known, or (layers) no single range */
	struct file_counts counts;
	uint64_t distinct_bytes; /* read by calls and io_uring, or touched by faults, each counted once */
	bool distinct_known;
	bool mapped_known;     /* of a part: mapped_bytes */
	uint64_t asked_bytes;  /* through the page cache, or touched by faults */
	uint64_t filled_bytes; /* of them: came into the page cache in this run */
	bool was_mapped;       /* its file was mapped, or that is not known */
	bool direct_unknown;   /* calls read its file while it was open with and without O_DIRECT */
	bool unplaced;         /* what belongs to the file, and to no known place in it */
	bool rest;             /* bytes of a file with names that have none */
};

struct file_rows {
	struct file_row *rows;
	uint32_t count;
	enum parts_by by; /* BY_TENSOR, BY_LAYER or BY_RANGE */
	bool failed;      /* out of memory: there are more */
};

/* The file as a whole. */
struct file_row file_row_of(const struct file_stats *file);

/* Its parts, in the order of the file. `most`: layers are shown instead of more tensors than these, and larger ranges, up
 * to RANGE_LAST, instead of more ranges. Free with file_rows_free(). */
struct file_rows file_rows_of(const struct file_stats *file, enum parts_by by, uint32_t most);
void file_rows_free(struct file_rows *rows);

/* Adds a row to another, which then stands for both; their places are left as they are. */
void file_row_add(struct file_row *into, const struct file_row *more);

/* Joins tensors to layers if these are asked for (`by`), or if there are more rows than `most`. */
void file_rows_shorten(struct file_rows *rows, enum parts_by by, uint32_t most);

/* Puts rows in order: most time first, then most bytes, then as they lie in the file. */
void file_rows_sort(struct file_rows *rows);

/* Bytes from storage: into the page cache, or read with O_DIRECT. */
uint64_t file_row_storage(const struct file_row *row);

/* The share of what was asked for that was in the page cache; negative: nothing was asked for. */
double file_row_cached(const struct file_row *row);

#endif
