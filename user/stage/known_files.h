/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by identity: the paths that the kernel side reported, and the file of each descriptor of a process
 * (by the time when close() is seen, the descriptor is gone).
 */
#ifndef USER_STAGE_KNOWN_FILES_H
#define USER_STAGE_KNOWN_FILES_H

#include <stddef.h>

#include "user/event/event.h"

struct known_files;

struct known_files *known_files_new(void); /* NULL: out of memory */
void known_files_free(struct known_files *files);

/* Remembers a path (empty for pipes and sockets; cut: the beginning is missing). Above a limit the oldest
 * are dropped. */
void known_files_learn(
	struct known_files *files, const struct file_id *id, const char *path, size_t len, bool cut);

/* The path of a file; data NULL: not known. Valid until the next known_files_learn(). */
struct span known_files_path(struct known_files *files, const struct file_id *id);

/* A number that changes with every record of the file's path, and so with every open; 0: not known. */
uint32_t known_files_opens(struct known_files *files, const struct file_id *id);

/* Remembers the file of a descriptor, as seen at time_ns. */
void known_files_set_fd(
	struct known_files *files, uint32_t pid, int32_t fd, const struct file_id *id, uint64_t time_ns);

/*
 * The file that a descriptor had when a close of it began, at entered_ns (0: not known), and forgets it;
 * ino 0: not known. Before the close is seen, another thread may already have got the same number, or even
 * closed it again.
 */
struct file_id known_files_close_fd(struct known_files *files, uint32_t pid, int32_t fd, uint64_t entered_ns);

/* Forgets the files of all descriptors; with `paths`, the paths too. */
void known_files_forget(struct known_files *files, bool paths);

#endif
