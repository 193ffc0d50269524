/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of files, as the kernel side reported them: by identity, which tells the names of one inode apart. */
#ifndef USER_STAGE_KNOWN_FILES_H
#define USER_STAGE_KNOWN_FILES_H

#include <stddef.h>

#include "user/event/event.h"

struct known_files;

/* What is known of a name. */
struct known_file {
	struct span path; /* data NULL: nothing */
	bool deleted;     /* the file has been removed from its folder */
	uint32_t opens;   /* greater than those of any name that was learned before: grows with every open */
};

struct known_files *known_files_new(void); /* NULL: out of memory */
void known_files_free(struct known_files *files);

/* Remembers a path (empty for pipes and sockets; cut: the beginning is missing). Above a limit the oldest
 * are dropped. */
void known_files_learn(struct known_files *files, const struct file_id *id, struct span path, bool deleted);

/* The name of a file. Valid until the next known_files_learn(). */
struct known_file known_files_find(struct known_files *files, const struct file_id *id);

void known_files_forget(struct known_files *files);

#endif
