/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that -P and --bundle select, by path and by identity. */
#ifndef USER_STAGE_SELECT_PATH_H
#define USER_STAGE_SELECT_PATH_H

#include "cwd.h"
#include "select.h"

struct select_path;

/* live: paths can be compared with files of this machine. The selection's strings must outlive it. NULL:
 * out of memory. */
struct select_path *select_path_new(const struct selection *selection, bool live);
void select_path_free(struct select_path *targets);

/* True if a file that the kernel side identified is selected. */
bool select_path_file(const struct select_path *targets, const struct file_ref *ref);

/* Notes that a file was opened by a path that is selected: the file is selected too, wherever it is. */
void select_path_opened(struct select_path *targets, const struct file_ref *ref);

/* True if a path argument of a process is selected; it is relative to a folder or (NULL) to its working directory. */
bool select_path_name(const struct select_path *targets, struct cwd *cwd, uint32_t pid,
	const struct file_ref *folder, struct span path);

/* The same for the path of a bundle that was opened; symbolic links are followed. */
bool select_path_bundle(const struct select_path *targets, struct cwd *cwd, uint32_t pid, struct span path);

#endif
