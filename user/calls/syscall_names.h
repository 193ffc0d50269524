/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls by the names that users give in lists: their own, classes (file, %file), synonyms (pread) and
 * numbers (8, syscall_600). A new class or synonym is a row in syscall_names.c.
 */
#ifndef USER_CALLS_SYSCALL_NAMES_H
#define USER_CALLS_SYSCALL_NAMES_H

#include "filter_grammar.h"

/* Its members are the numbers below SYSCALL_MAX. */
extern const struct name_set syscall_names;

#endif
