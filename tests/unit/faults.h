/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a C library call of this program fail: one of those that libpagedbundle makes, in the program
 * itself. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

enum fault_call { FAULT_OPEN, FAULT_FSTAT, FAULT_LSEEK, FAULT_READ, FAULT_MEMORY, FAULT_CALLS };

/* For a read: return fewer bytes than requested, though there are more. Otherwise an errno. */
#define FAULT_SHORT (-1)

/* The nth call from now on, counted from 1, fails in this way, and with `always` every later one too. */
void fault_arm(enum fault_call call, unsigned int nth, int how, bool always);
/* Returns whether the failure occurred. */
bool fault_disarm(void);

/* While on, each read waits before it is made; and the number of reads that wait now. */
void fault_hold_reads(bool on);
unsigned int fault_held_reads(void);

/* For the allocator's replacement: whether this call is to fail; and the number of its blocks that are
 * not freed. */
bool fault_memory(void);
long fault_live_memory(void);

#endif
