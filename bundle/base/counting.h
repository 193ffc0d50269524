/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters that observers and other threads read without a lock: relaxed atomics, so a value is never torn. */
#ifndef BUNDLE_BASE_COUNTING_H
#define BUNDLE_BASE_COUNTING_H

#define SEEN(field)       __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* The caller holds the lock: the addition itself is not atomic. */
#define COUNT(field, by) SET(field, (field) + (by))

#endif
