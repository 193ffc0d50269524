/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by identity: the paths that the kernel side told, and which file each descriptor of a process stands
 * for (close is seen when the descriptor is already gone).
 */
#ifndef USER_STAGE_KNOWN_FILES_H
#define USER_STAGE_KNOWN_FILES_H

#include <stddef.h>

#include "user/event/event.h"

struct files;

struct files *files_new(void); /* NULL: out of memory */
void files_free(struct files *files);

/* Remembers a path (empty for pipes and sockets; cut: its top is missing). Past a bound the oldest go. */
void files_learn(struct files *files, const struct file_id *id, const char *path, size_t len, bool cut);

/* The path of a file; data NULL where it is not known. Valid until the next files_learn(). */
struct span files_path(struct files *files, const struct file_id *id);

/* A number that changes whenever the path of the file is told once more: with every open. */
uint32_t files_told(struct files *files, const struct file_id *id);

/* What a descriptor of a process was seen to stand for at a time. */
void files_set_fd(struct files *files, uint32_t pid, int32_t fd, const struct file_id *id, uint64_t time_ns);

/*
 * A descriptor was closed by a call that began at entered_ns (0: not known): the file it stood for then; ino
 * 0 where that is not known. Another thread may have been given the number before the close is seen, and may
 * even have closed it again.
 */
struct file_id files_close_fd(struct files *files, uint32_t pid, int32_t fd, uint64_t entered_ns);

#endif
