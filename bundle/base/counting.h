/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters that observers and other threads read at any moment: each is written whole. */
#ifndef BUNDLE_BASE_COUNTING_H
#define BUNDLE_BASE_COUNTING_H

#define SEEN(field)       __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define SET(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELAXED)

/* Under the lock, so that no two add at once. */
#define COUNT(field, by) SET(field, (field) + (by))

#endif
