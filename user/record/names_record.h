/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names in a file (regions.h) as records (struct event_names), which a recording contains because the file may be
 * gone or another one when it is read. A range is three numbers (LEB128) and a name: the bytes between the end of the
 * one before and its start, its size, the length of the name. The identity of the file has no name in these records: the
 * number of the file's format stands there. Of a file that is one of several of its model, the first range says so: it has no
 * bytes, and in the place of its name "\0shard", four numbers (LEB128: which one, how many, how many are missing, the tensors
 * of all), the length of the model's path (LEB128), the path, and what is wrong with the model. Readers that do not know it take
 * it for a range without bytes.
 */
#ifndef USER_RECORD_NAMES_RECORD_H
#define USER_RECORD_NAMES_RECORD_H

#include "bpf/events.h"
#include "user/modelfile/regions.h"

typedef void (*names_take)(void *ctx, const struct event_header *record);

/* Gives the records of a file's names to `take`, one after another; their header and the file's identity are those of
 * `head`. regions NULL, or names that no record can hold: one record which says that none are known. */
void names_write(const struct event_names *head, const struct regions *regions, names_take take, void *ctx);

/* Puts them together again. */
struct names_reader;

struct names_reader *names_reader_new(void); /* NULL: out of memory */
void names_reader_free(struct names_reader *reader);

/* Takes the next record. 1: all names of *id have come; *regions (NULL: none are known) belongs to the caller. 0: more
 * are to come. -EBADMSG: the record is damaged, or one before it is missing. */
int names_reader_take(struct names_reader *reader, const struct event_header *record, struct file_id *id,
	struct regions **regions);

#endif
