/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that have the bytes of tensors but no header: another file, in the same folder or above it, says where each is. */
#ifndef USER_MODELFILE_EXTERNAL_DATA_H
#define USER_MODELFILE_EXTERNAL_DATA_H

#include "regions.h"

/* The regions of the file `path`, which has `size` bytes, as the ONNX model at `model` describes them. NULL: it is no such
 * model, describes no bytes of that file, or no memory. Free with regions_free(). */
struct regions *external_data_read(const char *path, uint64_t size, const char *model);

/* The same with the models that files of this name usually belong to: model.onnx.data, model.onnx_data, model.data, model.bin
 * to model.onnx. */
struct regions *external_data_guess(const char *path, uint64_t size);

#endif
