/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of the tensors in a Python pickle as torch.save() writes it. A pickle is a program for a stack machine that may
 * import and call anything: here nothing is imported or called. The machine's values are kept as a tree of which only names,
 * numbers and the calls that make tensors are understood.
 */
#ifndef USER_MODELFILE_PICKLE_H
#define USER_MODELFILE_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/base/span.h"

struct pickle_tensor {
	struct span name;      /* keys from the outermost dictionary on, with dots between */
	struct span storage;   /* name of the archive's entry with the tensor's bytes: "0" for data/0 */
	uint64_t offset, size; /* in bytes, within the storage; a tensor with strides may use less of them */
};

/* Calls `found` for each tensor, in the order of the file; its strings are valid during the call only. Memory is at most
 * fifty times `size`, and 150 MB. False: not such a pickle (an unknown operation, a damaged one), no memory, or `found` returned
 * false. */
bool pickle_tensors(const char *bytes, size_t size,
	bool (*found)(void *ctx, const struct pickle_tensor *tensor), void *ctx);

#endif
