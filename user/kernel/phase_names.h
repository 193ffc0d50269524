/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of functions, as maps of probes have them, and the symbols that they stand for. */
#ifndef USER_KERNEL_PHASE_NAMES_H
#define USER_KERNEL_PHASE_NAMES_H

#include <stdbool.h>

/*
 * True if a symbol is one of that name:
 *   load_model              the symbol itself; or the C++ function of that name, whatever its arguments
 *   ns::Class::load         the C++ function of that name, of any arguments, outside of templates
 *   load_*, _ZN2ns*         a pattern of symbols: * stands for any characters
 * Parts of a function that the compiler has split off (.cold, .part.0) are none.
 */
bool phase_name_fits(const char *name, const char *symbol);

/* True if the return of a function may be probed without being asked for: not if exceptions may pass through it (C++, Rust)
 * or if it returns more than once (setjmp, vfork). */
bool phase_name_returns(const char *symbol);

#endif
