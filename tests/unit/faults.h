/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a call of this program's C library fail: those that libpagedbundle makes, in the program itself. */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>

enum fault_call { FAULT_OPEN, FAULT_FSTAT, FAULT_LSEEK, FAULT_READ, FAULT_MEMORY, FAULT_CALLS };

/* Of a read: fewer bytes than asked for, though there are more. Else an errno. */
#define FAULT_SHORT (-1)

/* The nth call from now on, from 1, fails so, and with `always` each one after it. */
void fault_arm(enum fault_call call, unsigned int nth, int how, bool always);
/* Returns whether it came to the failure. */
bool fault_disarm(void);

/* While on, each read waits before it is made; and how many wait now. */
void fault_hold_reads(bool on);
unsigned int fault_held_reads(void);

/* For who stands in for the allocator: whether this call is to fail. And how many of what it gave are not
 * freed. */
bool fault_memory(void);
long fault_live_memory(void);

#endif
