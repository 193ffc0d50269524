/* SPDX-License-Identifier: BSD-2-Clause */
/* Control groups that exist for the duration of a test. */
#ifndef TESTS_GROUPS_H
#define TESTS_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

enum hierarchy { GROUPS_VERSION_2, GROUPS_VERSION_1, GROUPS_NAMED, GROUPS_HIERARCHIES };

/* Where the hierarchy is mounted; false: the machine has none of this kind. */
bool groups_mount(enum hierarchy which, char *path, size_t size);

/* Creates one below another, or below the mount; returns its path, valid until groups_remove(). */
const char *groups_make(const char *above, const char *name);

/* A teardown: removes all that were created. */
void groups_remove(void);

#endif
