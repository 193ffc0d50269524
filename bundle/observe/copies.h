/* SPDX-License-Identifier: BSD-2-Clause */
/* Several copies of the library in a process: linked into the program and into its plugins, or in link namespaces of
 * their own. They know nothing of each other, but what they report has to be told apart. */
#ifndef BUNDLE_OBSERVE_COPIES_H
#define BUNDLE_OBSERVE_COPIES_H

#include <stdint.h>

/* The id before this copy's first bundle: 0 if it is the only copy that was loaded so far, else a multiple of 2^32 that no
 * other loaded copy has. Below 2^53, which JSON can hold. Thread-safe; takes some microseconds. */
uint64_t copies_first_id(void);

#endif
