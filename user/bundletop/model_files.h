/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses of model files by any loader, with the library or without (--files): files whose content is GGUF, safetensors
 * or .apbundle. The kernel side counts reads, faults and fills by file and process. Here each file that is used, open
 * or mapped is examined once, files that are no models are ignored from then on, the mappings of the others are
 * looked at, and the counts are read once an interval.
 */
#ifndef USER_BUNDLETOP_MODEL_FILES_H
#define USER_BUNDLETOP_MODEL_FILES_H

#include "user/kernel/kernel.h"
#include "model_table.h"
#include "processes.h"

/* Whose reads the kernel side counts. */
enum reads_of { READS_OF_ALL, READS_OF_USERS, READS_OF_NONE };

struct model_files {
	struct kernel *kernel;
	struct model_table table;
	struct known_path *paths; /* that the kernel side has reported, of files not examined yet */
	struct file_counts last;  /* of all, in the last interval */
	uint64_t unexamined;      /* files in use, not examined yet */
	uint64_t unopened;        /* files that were used and could not be opened any more, since the start */
	bool faults;              /* the kernel reports page faults in mappings */
	bool started;             /* there was a reading */
	enum reads_of counted;    /* now; kept up to date by the caller */
	uint64_t forgot_ns;       /* when ignored files were last forgotten */
	uint64_t tick_ns;         /* when model_files_tick() is due */
	uint64_t round, round_due_ns, round_cost_ns; /* of looks at all files of all processes */
};

/* Attaches the hooks that count. 0, or reported and -errno. */
int model_files_start(struct model_files *files, struct kernel *kernel);
void model_files_end(struct model_files *files);

/* Takes the path of a file from a record of the kernel side. */
void model_files_path(struct model_files *files, const struct event_file *record);

/* Call many times a second: examines new files while their processes run, and looks at mappings. */
void model_files_tick(struct model_files *files, struct processes *processes, uint64_t now_ns);

/* Ends an interval: reads the counts. `least`: what was counted in all of it. `all`: takes the time that it needs to
 * look at every file of every process. */
void model_files_read(struct model_files *files, struct processes *processes, enum reads_of least, bool all,
	uint64_t now_ns);

/* Forgets files whose process ended at least `older_ns` ago. */
void model_files_forget(struct model_files *files, uint64_t now_ns, uint64_t older_ns);

#endif
