/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of a model that is in several files. */
#ifndef USER_TABLES_MODEL_ROWS_H
#define USER_TABLES_MODEL_ROWS_H

#include "file_rows.h"

/* All of its files that were used, as one row. */
struct file_row model_row_of(const struct file_model *model);

/* The parts of all of them: a tensor or layer that is in several is one row, and none has a place. *twice: how many tensors are
 * in one file more, which no loader expects; *name: the first of them. Empty by range. Free with file_rows_free(). */
struct file_rows model_rows_of(
	const struct file_model *model, enum parts_by by, uint32_t most, uint32_t *twice, struct span *name);

#endif
