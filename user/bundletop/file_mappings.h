/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many bytes of a file a process has mapped in, from looks at its page tables: the kernel's events tell of faults,
 * not of how many pages each of them mapped. What is unmapped between two looks cannot be known: this is noted. Pure
 * arithmetic.
 */
#ifndef USER_BUNDLETOP_FILE_MAPPINGS_H
#define USER_BUNDLETOP_FILE_MAPPINGS_H

#include <stdbool.h>
#include <stdint.h>

/* One mapping of the file, and how many of its pages are mapped in. */
struct file_mapping {
	uint64_t start, end, pages;
};

enum { MAPPINGS_MAX = 4096 }; /* of a file in a process */

struct file_mappings {
	struct file_mapping *list; /* as of the last look; owned */
	unsigned count;
	uint64_t faults, maps; /* of the process on this file, when the last look began */
	uint64_t pages;        /* mapped in since the first look, as far as known */
	bool known;            /* all of them are */
	bool looked;           /* there was a look */
};

/* A look: `now` are all mappings of the file, `faults` and `maps` the counts of its page faults and calls of mmap(),
 * read before it. Takes `now`, from malloc(). `baseline`: what is mapped in by now is not counted. */
void file_mappings_look(struct file_mappings *mappings, struct file_mapping *now, unsigned count,
	uint64_t faults, uint64_t maps, bool baseline);

/* The file cannot be looked at any more, or not now, and these are its counts. */
void file_mappings_unseen(struct file_mappings *mappings, uint64_t faults);

void file_mappings_init(struct file_mappings *mappings);
void file_mappings_free(struct file_mappings *mappings);

#endif
