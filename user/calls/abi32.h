/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls of 32-bit programs (int 0x80 and the like), which have numbers of their own. */
#ifndef USER_CALLS_ABI32_H
#define USER_CALLS_ABI32_H

/* The number on x86-64 of the call that takes the same arguments, structs behind pointers aside; SYSCALL_OTHER if
 * there is none: the call is shown by abi32_name(), with its registers. */
unsigned abi32_call(unsigned nr);

/* The name of a number of the 32-bit table, or NULL. */
const char *abi32_name(unsigned nr);

#endif
