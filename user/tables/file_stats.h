/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that was used, and a model that is in several. */
#ifndef USER_TABLES_FILE_STATS_H
#define USER_TABLES_FILE_STATS_H

#include <stdlib.h>

#include <uthash.h>

#include "covered.h"
#include "file_parts.h"
#include "in_flight.h"

enum { FILE_NAMES = 8, FILE_MAPS = 64 };

struct map_range {
	uint64_t start, bytes, count;
};

/* A model that is in several files (shards), of which some were used. */
struct file_model {
	char *path; /* what the names of its files have in common */
	uint32_t path_len;
	uint32_t shards;  /* its files; 0: not known */
	uint32_t missing; /* of them: not in their folder */
	char *fault;      /* what is wrong with it; NULL: nothing that was seen */
	uint32_t fault_len;
	const char *format;
	struct file_stats *files, *last_file; /* that were used, in the table's order: file_models_sort() */
	uint32_t used;                        /* how many those are */
	struct file_counts counts;            /* of all of them */
	UT_hash_handle hh;                    /* by path */
};

/* How the disk served the reads of a file. */
struct file_disk {
	struct file_times took;
	struct in_flight in_flight;
};

struct file_stats {
	struct {
		uint64_t ino, dev;
	} key;
	struct file_counts counts;
	struct covered touched; /* read by calls and io_uring, or touched through a mapping */
	struct covered filled;  /* came into the page cache */
	struct file_parts parts;
	struct file_disk *disk; /* NULL: no request is known */
	struct map_range *maps; /* what was mapped, each range once; FILE_MAPS; NULL: nothing */
	uint32_t maps_used;
	bool maps_missing;                /* there were more ranges */
	bool opened_direct, opened_other; /* with O_DIRECT, without it */
	bool direct_unknown;              /* calls read it while it was open with and without O_DIRECT */
	bool resident_known, double_known;
	uint64_t resident_bytes; /* in the page cache at the end */
	uint64_t double_bytes;   /* of them: in the cache of a bundle too */
	const char *format;      /* NULL: of no known one */
	char *path; /* the first one seen, not of a removed name if there are others; NULL: unknown */
	uint32_t path_len;
	bool path_cut, path_deleted;
	uint16_t names[FILE_NAMES]; /* numbers of its names (struct file_id), the first one first */
	uint32_t names_used;
	struct file_model
		*model; /* that it is a part of; NULL: it is a whole one, or not known to be a part */
	uint32_t shard; /* which part, from 0 */
	struct file_stats *next_shard; /* of the model */
	UT_hash_handle hh;             /* by key */
};

/* Whether tables show the file below its model. */
static inline bool file_model_shown(const struct file_stats *file)
{
	return file->model && file->model->shards;
}

/* Zeroed memory, if there is room for it and for `overhead`; else NULL. */
static inline void *file_room_take(size_t *room, size_t bytes, size_t overhead)
{
	if (*room < bytes + overhead)
		return NULL;
	void *p = calloc(1, bytes);
	if (p)
		*room -= bytes + overhead;
	return p;
}

#endif
