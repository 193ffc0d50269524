/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of functions as their source has them: C++ (Itanium ABI) and Rust (legacy and v0). */
#ifndef USER_UNWIND_DEMANGLE_H
#define USER_UNWIND_DEMANGLE_H

/* The name behind a symbol, without the types of its parameters; the caller frees it. NULL: the symbol is not mangled,
 * or its name would be too long, or out of memory. Symbols are not trusted: time and memory are bounded. For one
 * thread. */
char *demangle(const char *symbol);

#endif
