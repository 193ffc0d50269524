/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a model file in words, for the screen and for batch mode. */
#ifndef USER_BUNDLETOP_PART_TEXT_H
#define USER_BUNDLETOP_PART_TEXT_H

#include "user/base/text.h"
#include "part_watch.h"

/* "layer" or "layers", "tensor" or "tensors". */
const char *parts_word(enum parts_of of, uint64_t count);

/* Appends "8 layers, inferred from the page cache: 2 in, 1 partly, 5 out; came 30M, went 29M, back 30M", and what was not
 * looked at; or why the parts are not known. */
void part_summary(struct text *t, const struct part_file *file, enum parts_of of);

#endif
