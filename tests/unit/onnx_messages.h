/* SPDX-License-Identifier: BSD-2-Clause */
/* ONNX models for the tests, as protobuf messages. The field numbers are those of onnx.proto3. */
#ifndef TESTS_UNIT_ONNX_MESSAGES_H
#define TESTS_UNIT_ONNX_MESSAGES_H

#include "user/base/text.h"

/* Append a field to a message. The inner message is freed. */
void onnx_string(struct text *t, unsigned field, const char *value);
void onnx_message(struct text *t, unsigned field, struct text *inner);

/* A tensor of `size` bytes Z in the file itself, and one in another file. The caller frees them. */
struct text onnx_inside(const char *name, size_t size);
struct text onnx_external(const char *name, const char *location, const char *offset, const char *length);

/* A model with this graph, which is freed. The caller frees the model. */
struct text onnx_model(struct text *graph);

/* A model with decoder.weight at 0 (4096 bytes) and encoder.weight at 8192 (1000 bytes) of the file `location`. */
void put_onnx_external(struct text *t, const char *location);

#endif
