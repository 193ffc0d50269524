/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bundles made of a safetensors or GGUF file. The file's header is a model of its own, so that the file can
 * be made again; metadata tells what it was, how its tensors became models, and its size.
 */
#ifndef USER_BUNDLECTL_TENSORS_H
#define USER_BUNDLECTL_TENSORS_H

#include <stddef.h>

#define TENSORS_HEADER ".header"

#define TENSORS_FORMAT_KEY "import.format" /* safetensors, gguf */
#define TENSORS_SPLIT_KEY  "import.split"  /* tensor, layer */
#define TENSORS_SIZE_KEY   "import.size"

/* Length of the layer's name in a tensor's: up to the first part that is a number ("blk.0" of
 * "blk.0.attn_q.weight"); all of it, if there is none. */
size_t tensors_layer(const char *name, size_t len);

#endif
