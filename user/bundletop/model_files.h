/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses of model files by any loader, with the library or without (--files): files whose content is GGUF, safetensors
 * or .apbundle. The kernel side counts by file and process. Here each file is examined once, files that are no
 * models are ignored from then on, and the counts are read once an interval.
 */
#ifndef USER_BUNDLETOP_MODEL_FILES_H
#define USER_BUNDLETOP_MODEL_FILES_H

#include "user/kernel/kernel.h"
#include "processes.h"

enum { FILES_MAX = 4096, FILES_NOT_KNOWN = -1 };

struct file_counts {
	uint64_t reads, read_bytes;
	uint64_t faults, mapped_bytes;
	bool partial;          /* reads were not counted all the time */
	uint64_t filled_bytes; /* read into the page cache */
};

struct model_file {
	struct use_key key;
	char comm[16];
	char *path;         /* as the process names it */
	const char *format; /* "gguf" */
	uint64_t size;
	int64_t cached;         /* bytes in the page cache; FILES_NOT_KNOWN */
	uint64_t cached_due_ns; /* when `cached` may be updated again */
	uint64_t ended_ns;      /* when its process ended; 0: it runs */
	struct file_counts total, before, last;
	UT_hash_handle hh;
};

struct model_files {
	struct kernel *kernel;
	struct model_file *list;  /* uthash by key */
	struct known_path *paths; /* that the kernel side has reported, of files not examined yet */
	struct file_counts last;  /* of all, in the last interval */
	uint64_t left_out;        /* files beyond FILES_MAX */
	bool counted;             /* reads were counted at the end of the previous interval */
	uint64_t forgot_ns;       /* when ignored files were last forgotten */
};

/* Attaches the hooks that count. 0, or reported and -errno. */
int model_files_start(struct model_files *files, struct kernel *kernel);
void model_files_end(struct model_files *files);

/* Takes the path of a file from a record of the kernel side. */
void model_files_path(struct model_files *files, const struct event_file *record);

/* Ends an interval: reads the counts. `counted`: reads are counted now. */
void model_files_read(
	struct model_files *files, const struct processes *processes, bool counted, uint64_t now_ns);

/* Forgets files whose process ended at least `older_ns` ago. */
void model_files_forget(struct model_files *files, uint64_t now_ns, uint64_t older_ns);

/* The part of the bytes read and mapped that was in the page cache: 0 to 1; negative: no bytes, or reads were not
 * all counted. */
double model_files_hit_rate(const struct file_counts *c);

#endif
