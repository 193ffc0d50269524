/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a model file (its layers, or its tensors or models), and what was seen of their bytes in the page cache. Bytes
 * between parts belong to none. Pure arithmetic.
 */
#ifndef USER_BUNDLETOP_PART_LIST_H
#define USER_BUNDLETOP_PART_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/modelfile/regions.h"

/* What a part of a file is. */
enum parts_of { PARTS_LAYERS, PARTS_TENSORS };

enum { PARTS_MAX = 1 << 16 }; /* of one file */

/* Bytes, but for `reloads`. */
struct part_counts {
	uint64_t came;    /* into the page cache */
	uint64_t went;    /* out of it */
	uint64_t back;    /* of those that came, those that had been seen to go before */
	uint64_t reloads; /* how often some came back after some had gone */
};

enum part_state {
	PART_UNKNOWN,  /* not all of it has been looked at yet */
	PART_OUT,      /* none of it is in the page cache */
	PART_PARTLY,   /* some of it is */
	PART_IN,       /* all of it is */
	PART_RELOADED, /* some of what is there came back in the last interval */
	PART_STATES
};

struct file_part {
	const char *name; /* bytes from the file, up to the first zero byte: escape them before printing */
	uint64_t start;   /* in the file */
	uint64_t size;    /* bytes, without those between its tensors, and beyond the file's end */
	uint64_t present; /* bytes in the page cache, as of the last look */
	uint64_t seen;    /* bytes that have been looked at so far */
	uint64_t looking, looked; /* bytes that were looked at: in this interval so far, in the last one */
	uint32_t tensors;
	struct part_counts total, before,
		last;                 /* since the first look; an interval ago; in the last interval */
	bool lost;                    /* some of it has gone since it was last reloaded */
	bool has_gone, has_come_back; /* in the current round of looks */
};

struct part_list {
	struct regions *regions;
	uint64_t file_size;
	struct file_part *parts; /* in the order of the file */
	uint32_t count;
	uint32_t *part_of; /* the part of each region */
	char *names;
	size_t bytes; /* of memory */
};

/* What happened to a range of bytes. */
enum part_change { PART_SEEN, PART_LOOKED, PART_FOUND, PART_CAME, PART_BACK, PART_WENT };

/* Makes the parts of a file of `size` bytes. Takes `regions` in any case. NULL: *why says why, in a static text. */
struct part_list *part_list_new(struct regions *regions, uint64_t size, enum parts_of of, const char **why);
void part_list_free(struct part_list *list); /* takes NULL too */

/* Counts a change of the bytes [from, to) for the parts that they belong to. */
void part_list_add(struct part_list *list, uint64_t from, uint64_t to, enum part_change change);

/* All of the file has been looked at. */
void part_list_end_round(struct part_list *list);

/* Ends an interval: computes the differences. */
void part_list_end_interval(struct part_list *list);

enum part_state part_state(const struct file_part *part);
const char *part_state_word(enum part_state state);

/* Of all parts: how many are in each state, and sums of the last interval. */
struct part_sums {
	uint32_t states[PART_STATES];
	uint64_t size, present, looked;
	struct part_counts last;
};
struct part_sums part_list_sums(const struct part_list *list);

#endif
