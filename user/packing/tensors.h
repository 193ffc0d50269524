/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conventions of bundles imported from a safetensors or GGUF file. The file's header is kept as a model of its own, and
 * metadata records the file's format, how tensors became models, and its size, so that export can reassemble the file. Of a
 * model in several files each is kept so: the names of its header, of its gaps and of its keys end in its number, from 1.
 */
#ifndef USER_PACKING_TENSORS_H
#define USER_PACKING_TENSORS_H

#include <stddef.h>
#include <stdint.h>

/* Names of the models of what is no tensor: the header, and bytes that it does not tell of, one gap after another, if
 * they are not all zero. Where a tensor is called so, the name is extended; metadata then has it. */
#define TENSORS_HEADER ".header"
#define TENSORS_GAPS   ".gaps"

#define TENSORS_FORMAT_KEY "import.format" /* safetensors, gguf */
#define TENSORS_SPLIT_KEY  "import.split"  /* tensor, layer */
#define TENSORS_SIZE_KEY   "import.size"
#define TENSORS_HEADER_KEY "import.header" /* the name, if it is not .header */
#define TENSORS_GAPS_KEY   "import.gaps"   /* the name, if there are such bytes */

/* Of a model in several files: how many they are, and the name of each; and of their index, which is a model too. */
#define TENSORS_SHARDS_KEY      "import.shards"
#define TENSORS_FILE_KEY        "import.file"
#define TENSORS_INDEX           ".index"
#define TENSORS_INDEX_KEY       "import.index"       /* the name of the file */
#define TENSORS_INDEX_MODEL_KEY "import.index_model" /* the name of the model, if it is not .index */

/* Writes the name or key of the file with this number: "import.size.2"; for 0, the only file, it is `word`. */
enum { TENSORS_WORD_MAX = 64 };
void tensors_word(char word_of[TENSORS_WORD_MAX], const char *word, uint32_t number);

/* Length of the layer's name within a tensor's name: through the first dot-separated part, but the very first, that is
 * a number and not the last ("blk.0" of "blk.0.attn_q.weight"). `len` if there is none. */
size_t tensors_layer(const char *name, size_t len);

#endif
