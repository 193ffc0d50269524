/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose code a frame is: the program's own, or that of what its language brings along. */
#ifndef USER_UNWIND_CODE_OWNER_H
#define USER_UNWIND_CODE_OWNER_H

#include <stdbool.h>

/* The higher, the more a frame says about the program. */
enum code_owner {
	CODE_OF_RUNTIME,  /* the C library, the loader and the like */
	CODE_OF_LANGUAGE, /* an interpreter, or the language's standard library */
	CODE_OF_PROGRAM,
};

/* By the mapped file. */
enum code_owner code_owner_of_module(const char *path);

/* By a function, within a file that is not of the runtime: its name without mangling and its source file; NULL: not
 * known. `go`: the program is written in Go. */
enum code_owner code_owner_of_source(const char *function, const char *file, bool go);

#endif
