/* SPDX-License-Identifier: BSD-2-Clause */
/* Small GGUF and safetensors files, as written by common tools, for the tests of their readers. */
#ifndef TESTS_MODEL_FILES_H
#define TESTS_MODEL_FILES_H

#include "user/base/text.h"

/* Append `bytes` bytes of v, little-endian; a string with its length in eight bytes; zeros up to a
 * length. */
void put_number(struct text *t, uint64_t v, unsigned bytes);
void put_string(struct text *t, const char *s);
void put_zeros(struct text *t, size_t up_to);

/* The fixed head of a GGUF file, and one entry of its list of tensors: two dimensions, offset from the
 * data. */
void put_gguf_head(struct text *t, uint32_t version, uint64_t tensors, uint64_t pairs);
void put_gguf_tensor(
	struct text *t, const char *name, uint64_t columns, uint64_t rows, uint32_t type, uint64_t offset);

/*
 * A complete GGUF file with every type of metadata and an alignment of 64. Its data begins at the returned
 * offset: 0 token_embd.weight F32 256 bytes, 256 blk.0.attn_q.weight Q8_0 68 bytes, 384
 * blk.0.attn_k.weight of an unknown type, 512 output.weight F16 64 bytes
 */
#define GGUF_DATA_BYTES 576
size_t put_gguf(struct text *t, uint32_t version);

/* A whole safetensors file. Its data begins at the returned offset:
 *   0 wte 16 bytes, 16 h.0."q" 32 bytes, 48 to 64 nothing, 64 lm_head 32 bytes */
#define SAFETENSORS_DATA_BYTES 96
size_t put_safetensors(struct text *t);
size_t put_safetensors_json(struct text *t, const char *json);

/*
 * Parts of a model in several files: a GGUF file with these split.* numbers (of types U16, U16 and I32, as llama.cpp writes
 * them), and a safetensors file. Each has `tensors` tensors of SHARD_TENSOR bytes behind each other, blk.N.weight with N from
 * `first` on. The data begins at the returned offset. And the index of such safetensors files: an entry is the name of a file and
 * how many tensors it has; their numbers go on from one to the next.
 */
#define SHARD_TENSOR 4096
size_t put_gguf_split(
	struct text *t, unsigned no, unsigned count, int of_all, unsigned first, unsigned tensors);
size_t put_safetensors_shard(struct text *t, unsigned first, unsigned tensors);

struct index_entry {
	const char *file;
	unsigned tensors;
};
void put_index(struct text *t, const struct index_entry *entries, unsigned count);

#endif
