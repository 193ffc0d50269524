/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conventions of bundles imported from a safetensors or GGUF file. The file's header is kept as a model of its own, and
 * metadata records the file's format, how tensors became models, and its size, so that export can reassemble the file.
 */
#ifndef USER_PACKING_TENSORS_H
#define USER_PACKING_TENSORS_H

#include <stddef.h>

/* Names of the models of what is no tensor: the header, and bytes that it does not tell of, one gap after another, if
 * they are not all zero. Where a tensor is called so, the name is extended; metadata then has it. */
#define TENSORS_HEADER ".header"
#define TENSORS_GAPS   ".gaps"

#define TENSORS_FORMAT_KEY "import.format" /* safetensors, gguf */
#define TENSORS_SPLIT_KEY  "import.split"  /* tensor, layer */
#define TENSORS_SIZE_KEY   "import.size"
#define TENSORS_HEADER_KEY "import.header" /* the name, if it is not .header */
#define TENSORS_GAPS_KEY   "import.gaps"   /* the name, if there are such bytes */

/* Length of the layer's name within a tensor's name: through the first dot-separated part, but the very first, that is
 * a number and not the last ("blk.0" of "blk.0.attn_q.weight"). `len` if there is none. */
size_t tensors_layer(const char *name, size_t len);

#endif
