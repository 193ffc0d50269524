/* SPDX-License-Identifier: BSD-2-Clause */
/* Models that are in several files: each process's files of one are summed up, as if they were one file. */
#ifndef USER_BUNDLETOP_MODEL_SUMS_H
#define USER_BUNDLETOP_MODEL_SUMS_H

#include "model_table.h"

/* Finds out of which model an open file is a part, by its content and those of its folder, as its process sees it. */
void model_sums_note(struct model_table *table, struct model_file *file, int fd);

/* Makes the sums anew from the counts of the files. A model keeps its entry as long as it has files. */
void model_sums_update(struct model_table *table);
void model_sums_free(struct model_table *table);

/* What is shown, in order: files that are whole models, and sums before their files. Free the array. NULL: none, or out of
 * memory. */
const struct model_file **model_sums_rows(const struct model_table *table, size_t *count);

/* The name of a row, to be freed with text_free(): of a sum with the number of its files, of its files indented. */
struct text model_sums_name(const struct model_file *row);

#endif
