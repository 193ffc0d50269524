/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of files whose loads are inferred (inferred_loads.h), and what is known of each. */
#ifndef USER_STAGE_INFERRED_PARTS_H
#define USER_STAGE_INFERRED_PARTS_H

#include <uthash.h>

#include "off_cpu.h"
#include "user/event/event.h"
#include "user/modelfile/regions.h"
#include "user/tables/covered.h"
#include "user/tables/file_counts.h"

enum { INFERRED_PARTS = 32768 };

struct part_file {
	struct {
		uint64_t ino, dev;
	} key;
	struct file_id id;
	char *path;
	uint32_t path_len;
	bool path_cut, deleted;
	UT_hash_handle hh;
};

struct part {
	struct {
		const struct part_file *file;
		uint64_t start; /* in the file */
	} key;
	uint64_t end;
	char *name;
	uint32_t name_len;
	bool name_cut;
	uint32_t pid, tid;                    /* that touched it last */
	uint64_t id;                          /* of the load that is open; 0: none is */
	uint64_t begun_ns, last_ns;           /* of the load; last_ns stays */
	uint64_t gone_ns;                     /* of a reload */
	uint64_t perhaps_from_ns, perhaps_ns; /* when it was touched, or its neighbour: it cannot be told */
	bool full,
		whole; /* all its bytes were asked for; and are known to have been touched, which ends the load */
	bool reload, timed;        /* timed: how long is known */
	uint64_t loads;            /* that have begun */
	uint64_t came, came_again; /* bytes from storage since the last load ended */
	const struct part *before; /* of the load: the part that was loaded last before it */
	struct covered touched;    /* in this load */
	struct covered cached;     /* in this run, at any time: has come from storage, or was read */
	struct file_counts counts; /* of the load, and what came before it since the last one */
	struct off_cpu_sums off;   /* of the load: within its time, of the threads that touched it */
	struct part *prev, *next;  /* of those whose load is open: the one used last is the last */
	UT_hash_handle hh;         /* by key */
};

struct inferred_parts {
	struct part_file *files; /* uthash */
	struct part *parts;      /* uthash */
};

void inferred_parts_free(struct inferred_parts *parts);

/* NULL: no memory for it. */
struct part_file *inferred_parts_file(struct inferred_parts *parts, const struct file_ref *ref);

/* NULL: no memory for it. */
struct part *inferred_parts_part(
	struct inferred_parts *parts, const struct part_file *file, const struct region_range *region);

/* Whether a part is still what its file's header says. */
bool inferred_part_is(const struct part *part, const struct region_range *region);

/* Makes a part without an open load one of another name and length, which nothing is known of: its file was rewritten.
 * `room` gets its memory for ranges. False: out of memory, and it is unchanged. */
bool inferred_part_change(struct part *part, const struct region_range *region, size_t *room);

#endif
