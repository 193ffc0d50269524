/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of files, and of models that are in several files, as tables for people. */
#ifndef USER_SINK_FILES_PARTS_TEXT_H
#define USER_SINK_FILES_PARTS_TEXT_H

#include "files_view.h"

/* Tables of the parts of the first ones of these files and models; files of a model whose own row is there have none.
 * `all_ns`: the time of all files. */
void files_parts_text(struct out *out, const struct files_line *lines, unsigned count, uint64_t all_ns);

/* Adds how many of a model's files were used: " (2 of 3 shards)"; at least so many, where files have no entry for lack of
 * memory. */
void files_model_shards(struct text *t, const struct file_table *table, const struct file_model *model);

#endif
