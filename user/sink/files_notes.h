/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for people under the table of files: what came back after it was evicted, what is in the page cache at the end, and
 * how many bytes were asked for, read, and came from storage. */
#ifndef USER_SINK_FILES_NOTES_H
#define USER_SINK_FILES_NOTES_H

#include "user/base/table.h"
#include "user/event/sink.h"
#include "user/tables/file_rows.h"

/* Pages of a file that came back, if they are a share that matters. */
void files_note_back(struct text *t, const struct file_stats *file, const struct file_row *row,
	const struct run_result *result);

/* What of it is in the page cache at the end, and in the cache of a bundle too. */
void files_note_resident(struct text *t, const struct file_stats *file);

/* The table of the three numbers, if the layers that it takes were observed. `files`: those that are shown; `terminal`: its
 * width, 0: any. */
void files_note_flow(struct text *t, const struct file_table *table, const struct file_stats *const files[],
	unsigned count, unsigned terminal);

#endif
