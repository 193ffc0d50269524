/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares a model's bytes, as they pass, with the checksum that the bundle has of it. */
#ifndef USER_PACKING_MODEL_CHECK_H
#define USER_PACKING_MODEL_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle/pagedbundle.h"

/* One that is all zero has not been started. */
struct model_check {
	void *state; /* NULL: there is no checksum */
	uint64_t want;
};

/* False: out of memory. */
bool model_check_start(struct model_check *c, const struct pb_paged *paged, size_t index);

/* The next bytes of the model. */
void model_check_add(struct model_check *c, const void *data, size_t size);

/* After the last byte: whether they are those of the checksum; true without one. Frees the state. */
bool model_check_end(struct model_check *c);

#endif
