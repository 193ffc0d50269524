/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at which pages of model files are in the page cache, slice by slice, and counts what came and went for the files' parts.
 * Files that several processes use are looked at once. The looks take at most 1% of the time: of large files a round takes
 * longer than an interval, and what was not looked at in an interval is known. Memory is bounded (PART_BYTES).
 */
#ifndef USER_BUNDLETOP_PART_WATCH_H
#define USER_BUNDLETOP_PART_WATCH_H

#include "model_table.h"
#include "page_looks.h"

enum { PART_BYTES = 192 << 20 };

/* Whether the counts of cachestat() are those of the pages that mincore() shows. */
enum counts_usable { COUNTS_UNTRIED, COUNTS_AGREE, COUNTS_UNUSABLE };

/* A file that is looked at. */
struct part_file {
	struct file_inode inode; /* of no process */
	struct use_key key;      /* of a process that uses it, or used it last */
	char *path;              /* as that process names it */
	bool used;               /* some process of the table has it */
	bool read;               /* its header */
	const char *why;         /* why its parts are not known, a static text; NULL: they are */
	struct part_list *list;  /* NULL: then there is a `why` */
	struct page_looks looks;
	size_t bytes;              /* of memory, without this */
	uint64_t size;             /* of the file, and ... */
	struct timespec changed;   /* ... its time of change, when the header was read */
	uint64_t since_ns;         /* when its first look began */
	uint64_t slice;            /* the next one to look at; 0: a round begins */
	uint64_t cost_ns;          /* of the processor's time: of the current round so far ... */
	uint64_t round_ns;         /* ... and of the last one; 0: there was none */
	uint64_t looked_ns;        /* when the last look at one of its slices was */
	bool whole;                /* all of it was looked at in the last interval */
	bool layered;              /* on overlayfs */
	enum counts_usable counts; /* of cachestat() */
	UT_hash_handle hh;
};

struct part_watch {
	struct part_file *files; /* uthash by inode */
	enum parts_of of;
	bool every;             /* files are looked at without part_watch_want() */
	bool may_all;           /* this process may see the pages of any file */
	size_t bytes;           /* of memory, of all files */
	struct part_file *next; /* whose turn it is; NULL: the first one's */
	uint64_t due_ns;        /* of the next look */
	bool brief;             /* readings look at all of every file */
};

void part_watch_init(struct part_watch *watch, enum parts_of of, bool every);
void part_watch_free(struct part_watch *watch);

/* From now on this file is looked at, if it is not yet. NULL: there is no memory. */
struct part_file *part_watch_want(struct part_watch *watch, const struct model_file *file);

/* The same, and takes a first look if there was none. */
struct part_file *part_watch_open(struct part_watch *watch, const struct model_file *file);

/* NULL: it is not looked at. */
struct part_file *part_watch_find(const struct part_watch *watch, const struct model_file *file);

/* Call many times a second: goes on with the looks when they are due. */
void part_watch_tick(struct part_watch *watch, uint64_t now_ns);

/* Ends an interval of this length, after model_files_read(). `all`: all of every file is looked at, however long it takes. */
void part_watch_read(
	struct part_watch *watch, const struct model_table *table, uint64_t interval_ns, bool all);

#endif
