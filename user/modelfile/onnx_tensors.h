/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initializers of an ONNX model (a protobuf message; the field numbers are those of onnx.proto3), with the place of
 * their bytes: in the model's own file, or in another one, as external data. The messages are walked in the file: a
 * library that unpacks them would copy the bytes of all tensors, and would not say where they stood.
 */
#ifndef USER_MODELFILE_ONNX_TENSORS_H
#define USER_MODELFILE_ONNX_TENSORS_H

#include "header.h"
#include "user/base/text.h"

struct onnx_tensor {
	struct text name,
		location; /* location: of external data, relative to the model's folder; empty: in the file */
	uint64_t start, size; /* in its file; REGION_TO_NEXT: the size is not told */
};

/* Calls `take` for each initializer whose bytes have a place, in the order of the file. The tensor is valid during the
 * call. False: the file is no such model or ends too early (header_refuse() says why), or `take` returned false. */
bool onnx_tensors(struct header *h, bool (*take)(void *ctx, const struct onnx_tensor *tensor), void *ctx);

#endif
