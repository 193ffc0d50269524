/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Model files by what processes do with them (--files), for loaders without our library too: any file whose
 * content is a GGUF, safetensors or .apbundle file. The kernel's side counts by file and process; here each
 * file is looked into once, what is no model is ignored from then on, and the counts are read once an
 * interval.
 */
#ifndef USER_BUNDLETOP_MODEL_FILES_H
#define USER_BUNDLETOP_MODEL_FILES_H

#include "user/kernel/kernel.h"
#include "processes.h"

enum { FILES_MAX = 4096, FILES_NOT_KNOWN = -1 };

struct file_counts {
	uint64_t reads, read_bytes;
	uint64_t faults, mapped_bytes;
	bool partial;          /* reads were not counted at times */
	uint64_t filled_bytes; /* that came into the page cache */
};

struct model_file {
	struct use_key key;
	char comm[16];
	char *path;         /* as the process has it */
	const char *format; /* "gguf" */
	uint64_t size;
	int64_t cached;         /* bytes in the page cache; FILES_NOT_KNOWN */
	uint64_t cached_due_ns; /* when that may be asked again */
	uint64_t ended_ns;      /* its process has; 0: no */
	struct file_counts total, before, last;
	UT_hash_handle hh;
};

struct model_files {
	struct kernel *kernel;
	struct model_file *list; /* uthash by key */
	struct told *told;       /* paths that the kernel has told, of files not looked into yet */
	struct file_counts last; /* of all, in the last interval */
	uint64_t left_out;       /* files that there was no room for */
	bool counted;            /* at the end of the interval before */
	uint64_t forgot_ns;      /* when files that are ignored were looked at anew */
};

/* Attaches what counts. 0, or reported and -errno. */
int model_files_start(struct model_files *files, struct kernel *kernel);
void model_files_end(struct model_files *files);

/* A path that the kernel tells. */
void model_files_told(struct model_files *files, const struct event_file *record);

/* The end of an interval. `counted`: reads are counted now. */
void model_files_read(
	struct model_files *files, const struct processes *processes, bool counted, uint64_t now_ns);

/* Forgets those whose process ended longer ago than this. */
void model_files_forget(struct model_files *files, uint64_t now_ns, uint64_t older_ns);

/* Of the bytes read and mapped in, the part that was in the page cache: 0 to 1; negative: none were asked
 * for, or not all are known. */
double model_files_hit_rate(const struct file_counts *c);

#endif
