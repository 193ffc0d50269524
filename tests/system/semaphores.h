/* SPDX-License-Identifier: BSD-2-Clause */
/* Semaphores of the library's probes, read from a process's memory. */
#ifndef TESTS_SEMAPHORES_H
#define TESTS_SEMAPHORES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The address of a probe's semaphore as a program or library was linked. Fails if it has none. */
uint64_t semaphore_of(const char *file, const char *probe);

/* The number of observers of a probe in each copy of a position-independent file that a process has mapped, by address;
 * returns the number of copies. */
int semaphores_in(pid_t pid, const char *file, const char *probe, int *values, int max);

/* The same of the only copy. */
int observers_in(pid_t pid, const char *file, const char *probe);

/* Waits until all copies (`count` of them) have this value, for the probes open, load and close. False: they have not
 * within thirty seconds. */
bool semaphores_become(pid_t pid, const char *file, int count, int value);

#endif
