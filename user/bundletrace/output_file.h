/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the file of -o. */
#ifndef USER_BUNDLETRACE_OUTPUT_FILE_H
#define USER_BUNDLETRACE_OUTPUT_FILE_H

/* A descriptor to write to `path`, which is created, or emptied. For a FIFO that nobody reads yet it waits until somebody
 * does, and says so; a signal that is blocked (signals.h) and has come ends the wait. -errno: reported. */
int output_file_open(const char *path);

#endif
