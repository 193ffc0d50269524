/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What part of a file's bytes that a process read and mapped in was in the page cache before. Bytes that were read into
 * the page cache ahead of time count as missing when they are asked for. Pure arithmetic.
 */
#ifndef USER_BUNDLETOP_FILE_HITS_H
#define USER_BUNDLETOP_FILE_HITS_H

#include "model_table.h"

/* Ends an interval of a file, whose total has the new counts: computes its `last`. `partial`: reads were not counted all
 * the time. */
void file_hits_end(struct model_file *file, bool partial);

void file_hits_add(struct file_counts *into, const struct file_counts *more);

/* 0 to 1; negative: nothing was requested, or it is not known. */
double file_hits_rate(const struct file_counts *c);

/* Why it is not known: "reads were not counted"; "": it is, or nothing was requested. */
const char *file_hits_unknown(const struct file_counts *c);

#endif
