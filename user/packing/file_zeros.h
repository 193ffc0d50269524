/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a range of a file is padding. */
#ifndef USER_PACKING_FILE_ZEROS_H
#define USER_PACKING_FILE_ZEROS_H

#include <stdint.h>

/* Returns 1 if all bytes in [begin, end) are zero, 0 if not, and -1 with errno if they cannot be read; errno is then 0
 * if the file ends before. */
int file_zeros(int fd, uint64_t begin, uint64_t end);

#endif
