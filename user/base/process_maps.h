/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a running process has mapped: /proc/PID/maps. */
#ifndef USER_BASE_PROCESS_MAPS_H
#define USER_BASE_PROCESS_MAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_map {
	uint64_t start, end, offset; /* offset: in the file */
	uint64_t dev, ino;           /* as struct stat has them */
	bool executable, writable;
	bool shared;      /* writes go to the file, and not to a copy of the process's own */
	const char *path; /* as the process sees it; of a removed file, the one it had */
};

/* Calls `each` for every mapping of a file until it returns false. The map is valid during the call. The process's first
 * thread may have ended. 0 or -errno (-ESRCH: there is no such process). */
int process_maps_each(pid_t pid, bool (*each)(void *ctx, const struct process_map *map), void *ctx);

/* The path of the link in /proc that leads to the mapped file itself, even if its path is another file by
 * now. The process's first thread may have ended. */
#define PROCESS_MAP_LINK 80
void process_map_link(char link[PROCESS_MAP_LINK], pid_t pid, uint64_t start, uint64_t end);

/* A path that leads to a mapped file. */
struct process_map_file {
	char path[PROCESS_MAP_LINK]; /* absolute; valid until it is closed */
	int fd;                      /* O_PATH; -1: the path does without */
	/* 0, or the link may not be followed (it takes CAP_CHECKPOINT_RESTORE, and CAP_DAC_READ_SEARCH for another
	 * user's process), and -EACCES: its root may not be looked into (CAP_SYS_PTRACE); -EPERM: by its path the
	 * file is not found */
	int err;
};

/* Finds the file behind a mapping: by its link, or else by the path `name` in the process's root or in ours, if that
 * is the file which is mapped there. Reports nothing; close it in either case. */
void process_map_file_open(
	struct process_map_file *file, pid_t pid, uint64_t start, uint64_t end, const char *name);
void process_map_file_close(struct process_map_file *file);

#endif
