/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared libraries that a program, or another library, will be linked to. */
#ifndef USER_BUNDLETRACE_LIBRARIES_H
#define USER_BUNDLETRACE_LIBRARIES_H

/*
 * Calls `found` with the path of the program that will really run (a script's interpreter) and of each library. Asks
 * the dynamic linker, as the user who will run it, so that RUNPATH, LD_LIBRARY_PATH, LD_PRELOAD and its cache apply as
 * at run time. The program itself is not run, nor any linker other than the tracer's own: the libraries of a program
 * for another linker are not found. 0, or -errno, or the first result of `found` that is not 0.
 */
int libraries_of(const char *program, int (*found)(void *ctx, const char *path), void *ctx);

#endif
