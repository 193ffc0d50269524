/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links in selected folders to files elsewhere, as in a Hugging Face snapshot: these files are selected too, by whatever
 * path they are opened.
 */
#ifndef USER_STAGE_SELECT_LINKS_H
#define USER_STAGE_SELECT_LINKS_H

#include "user/event/event.h"

struct select_links;

struct select_links *select_links_new(void); /* NULL: out of memory */
void select_links_free(struct select_links *links);

/* Finds the links below a folder of this machine: symbolic ones to files and folders, and files with more than one name.
 * Symbolic links to folders are not followed further. Looks at no more than 100,000 files. */
void select_links_find(struct select_links *links, const char *folder);

/* Notes that a file was opened through a selected path that is not its own: a symbolic link was on the way. */
void select_links_note(struct select_links *links, const struct file_ref *file);

/* True if the file was found or noted. */
bool select_links_has(const struct select_links *links, const struct file_ref *file);

#endif
