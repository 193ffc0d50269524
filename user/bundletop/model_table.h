/* SPDX-License-Identifier: BSD-2-Clause */
/* The model files that processes use, and the files that were examined and are no models. Memory is bounded. */
#ifndef USER_BUNDLETOP_MODEL_TABLE_H
#define USER_BUNDLETOP_MODEL_TABLE_H

#include <sys/stat.h>

#include <uthash.h>

#include "bpf/events.h"
#include "file_mappings.h"

enum { FILES_MAX = 4096, FILES_NOT_KNOWN = -1 };

/* Why a hit rate is not known. */
enum hit_unknown {
	HIT_KNOWN,
	HIT_READS,    /* reads were not counted at times */
	HIT_UNMAPPED, /* a mapping went before it was looked at */
	HIT_HIDDEN,   /* the process's page tables cannot be read, or the kernel is too old for it */
	HIT_LAYERED,  /* overlayfs: the page cache holds the file below */
	HIT_OTHER,    /* it was read by io_uring or io_submit alone */
	HIT_REASONS
};

struct file_counts {
	uint64_t reads, read_bytes;
	uint64_t faults, mapped_bytes;
	uint64_t filled_bytes; /* read into the page cache */
	uint64_t missed_bytes; /* of what was read and mapped in, what was not in the page cache before */
	bool partial;          /* reads were not counted all the time */
	enum hit_unknown unknown;
};

/* A file by what stat() says of it, in a process (0: in any). */
struct file_inode {
	uint64_t dev, ino;
	uint64_t pid;
};

struct model_file {
	struct use_key key; /* of the kernel's counts; without a generation while it is not used */
	struct file_inode inode;
	char comm[16];
	char *path;         /* as the process names it */
	const char *format; /* "gguf" */
	uint64_t size;
	int64_t cached;         /* bytes in the page cache; FILES_NOT_KNOWN */
	uint64_t cached_due_ns; /* when `cached` may be updated again */
	uint64_t ended_ns;      /* when its process ended; 0: it runs */
	bool is_open;           /* open or mapped at the last look */
	bool used;              /* the kernel side has counted uses of it */
	bool layered;           /* on overlayfs */
	bool hidden;            /* its mappings cannot be looked at */
	bool faults_unseen;     /* the kernel reports no page faults */
	uint64_t ahead_bytes;   /* read into the page cache, and not asked for yet */
	uint64_t other_bytes;   /* filled by what is not counted */
	uint64_t other_before;  /* the same, at the last reading */
	uint64_t maps;          /* calls of mmap() */
	struct file_mappings mappings;
	struct file_mapping *found; /* during a look: its mappings so far */
	unsigned found_count;
	struct file_counts total, before, last;
	char *model;            /* the path of the model that it is a part of; NULL: it is a whole one */
	uint32_t shards;        /* how many files that has; of a sum too */
	uint32_t parts;         /* of a sum: how many of them are in the table; 0: it is a file */
	struct model_file *sum; /* of its model in its process (model_sums.h); NULL: there is none */
	UT_hash_handle hh, by_inode;
};

struct model_table {
	struct model_file *list;     /* uthash by key */
	struct model_file *by_inode; /* the same by inode */
	struct other_file *others;   /* that are no models */
	struct other_file *left;     /* models beyond FILES_MAX, by process */
	uint64_t left_out;           /* how many those are; there is an end to that too */
	struct model_file *sums;     /* model_sums.h: uthash by process and model */
	struct shard_memo *indexes;  /* of models that are in several files */
};

struct model_file *model_table_find(const struct model_table *table, const struct use_key *key);
struct model_file *model_table_find_inode(
	const struct model_table *table, uint64_t dev, uint64_t ino, pid_t pid);

/* Adds a file; takes `path` in any case. NULL: there is no room, which is counted. */
struct model_file *model_table_add(struct model_table *table, const struct use_key *key,
	const struct stat *st, char *path, const char *format);

/* Gives a file the key under which the kernel counts it. */
void model_table_rekey(struct model_table *table, struct model_file *file, const struct use_key *key);
void model_table_drop(struct model_table *table, struct model_file *file);
void model_table_free(struct model_table *table);

/* Files that are no models, until they change. */
bool model_table_is_other(const struct model_table *table, const struct stat *st);
void model_table_add_other(struct model_table *table, const struct stat *st);

#endif
