/* SPDX-License-Identifier: BSD-2-Clause */
#include "onnx_messages.h"

#include <string.h>

static void varint(struct text *t, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		text_char(t, (char)(value | 0x80));
	text_char(t, (char)value);
}

static void bytes(struct text *t, unsigned field, const char *data, size_t len)
{
	varint(t, field << 3 | 2);
	varint(t, len);
	text_add(t, data, len);
}

void onnx_string(struct text *t, unsigned field, const char *value)
{
	bytes(t, field, value, strlen(value));
}

void onnx_message(struct text *t, unsigned field, struct text *inner)
{
	bytes(t, field, inner->data, inner->len);
	text_free(inner);
	*inner = (struct text){ 0 };
}

static void entry(struct text *tensor, const char *key, const char *value)
{
	struct text pair = { 0 };
	onnx_string(&pair, 1, key);
	onnx_string(&pair, 2, value);
	onnx_message(tensor, 13, &pair);
}

struct text onnx_external(const char *name, const char *location, const char *offset, const char *length)
{
	struct text tensor = { 0 };
	onnx_string(&tensor, 8, name);
	varint(&tensor, 14 << 3);
	varint(&tensor, 1);
	entry(&tensor, "location", location);
	if (offset)
		entry(&tensor, "offset", offset);
	if (length)
		entry(&tensor, "length", length);
	return tensor;
}

struct text onnx_inside(const char *name, size_t size)
{
	char data[64 << 10];
	struct text tensor = { 0 };
	memset(data, 0x5a, sizeof(data));
	onnx_string(&tensor, 8, name);
	bytes(&tensor, 9, data, size);
	return tensor;
}

struct text onnx_model(struct text *graph)
{
	struct text model = { 0 };
	varint(&model, 1 << 3);
	varint(&model, 8);
	onnx_string(&model, 2, "a test");
	onnx_message(&model, 7, graph);
	return model;
}

void put_onnx_external(struct text *t, const char *location)
{
	struct text graph = { 0 }, first = onnx_external("decoder.weight", location, NULL, "4096"),
		    second = onnx_external("encoder.weight", location, "8192", "1000"),
		    other = onnx_external("elsewhere", "other.bin", "0", "50");
	onnx_message(&graph, 5, &first);
	onnx_message(&graph, 5, &second);
	onnx_message(&graph, 5, &other);
	*t = onnx_model(&graph);
}
