/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the pages of another process's address range that are mapped in now. */
#ifndef USER_BUNDLETOP_PRESENT_PAGES_H
#define USER_BUNDLETOP_PRESENT_PAGES_H

#include <stdint.h>
#include <sys/types.h>

enum { PAGE_BYTES = 4096 }; /* of x86-64 */

/* Opens the process's page tables for present_pages(). A descriptor or -errno. */
int present_pages_open(pid_t pid);

/* How many pages from `start` to `end` (addresses) are mapped in; changes nothing, and holds the process's list of
 * mappings for less than a millisecond at a time. -errno: -ENOTTY before Linux 6.7. */
int64_t present_pages(int tables, uint64_t start, uint64_t end);

#endif
