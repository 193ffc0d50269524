/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc says of processes, except for their mappings (process_maps.h). */
#ifndef USER_BASE_PROC_H
#define USER_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads /proc/PID/NAME (pid 0: /proc/self) as a string: at most size - 1 bytes of it. Returns how many, or
 * -errno. */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size);

/* The number behind "KEY:" in /proc/PID/fdinfo/FD (pid 0: of this process). False: it is not there. */
bool proc_fdinfo(pid_t pid, int fd, const char *key, uint64_t *value);

/* The parent of a process; 0: not known. */
pid_t proc_parent(pid_t pid);

/* True if no such process exists. One that may not be signalled exists. */
bool proc_is_gone(pid_t pid);

/* A thread of a process whose memory can be looked at: the first one, or another where that has ended, whose files in
 * /proc are empty then. Its number serves as that of a process in paths below /proc and in process_vm_readv(). */
pid_t proc_living_thread(pid_t pid);

/* Calls `each` for every thread of a process until it returns false. */
void proc_each_thread(pid_t pid, bool (*each)(void *ctx, pid_t tid), void *ctx);

/* The process that an entry of /proc stands for; 0: none. */
pid_t proc_pid(const char *name);

/* Calls `each` for every process of the machine, as far as the pid namespace of /proc shows it. */
void proc_each(void (*each)(void *ctx, pid_t pid), void *ctx);

#endif
