/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared libraries that a program, or another library, will be linked to. */
#ifndef USER_BUNDLETRACE_LIBRARIES_H
#define USER_BUNDLETRACE_LIBRARIES_H

/*
 * Calls `found` with the path of the program that will really run (a script's interpreter) and of each
 * library. Asks the dynamic linker, as the user who will run it, so that RUNPATH, LD_LIBRARY_PATH, LD_PRELOAD
 * and its cache are followed as at run time; the program itself is not run, and no other linker than the
 * tracer's own: a program for another is not looked into further. 0 or -errno.
 */
int libraries_of(const char *program, int (*found)(void *ctx, const char *path), void *ctx);

#endif
