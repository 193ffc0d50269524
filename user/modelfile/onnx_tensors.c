/* SPDX-License-Identifier: BSD-2-Clause */
#include "onnx_tensors.h"

#include <stdlib.h>
#include <string.h>

#include "regions_build.h"

/* onnx.proto3 */
enum {
	MODEL_GRAPH = 7,
	GRAPH_INITIALIZER = 5,
	TENSOR_NAME = 8,
	TENSOR_RAW_DATA = 9,
	TENSOR_EXTERNAL_DATA = 13,
	TENSOR_DATA_LOCATION = 14,
	LOCATION_EXTERNAL = 1,
	ENTRY_KEY = 1,
	ENTRY_VALUE = 2,
};

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

#define STRING_MAX 4096 /* a longer name, key or value is not kept */

/* One field of a message. */
struct field {
	uint32_t number;
	uint32_t wire;
	uint64_t value; /* of WIRE_VARINT; of WIRE_BYTES: their number, and the header is at the first one */
};

static uint64_t take_varint(struct header *h)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;
		header_take(h, &byte, 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	header_refuse(h, "a number in its messages is too long");
	return 0;
}

/* The next field of the message that ends at `end`. False: it has ended, or the file is damaged. */
static bool next_field(struct header *h, uint64_t end, struct field *field)
{
	if (h->failed || header_pos(h) >= end)
		return false;
	uint64_t key = take_varint(h);
	field->number = (uint32_t)(key >> 3);
	field->wire = key & 7;
	field->value = field->wire == WIRE_VARINT || field->wire == WIRE_BYTES ? take_varint(h) : 0;
	uint64_t bytes = field->wire == WIRE_BYTES ? field->value
			 : field->wire == WIRE_64  ? 8
			 : field->wire == WIRE_32  ? 4
						   : 0;
	bool known = field->wire <= WIRE_BYTES || field->wire == WIRE_32;
	if (h->failed || !known || key >> 3 == 0 || key >> 32)
		return header_refuse(h, "its messages are not protobuf's");
	if (header_pos(h) > end || bytes > end - header_pos(h))
		return header_refuse(h, "a message reaches past the one around it");
	if (field->wire == WIRE_64 || field->wire == WIRE_32)
		header_skip(h, bytes);
	return !h->failed;
}

/* Passes over a field that is not wanted. */
static void skip(struct header *h, const struct field *field)
{
	if (field->wire == WIRE_BYTES)
		header_jump(h, field->value);
}

/* Keeps a string and closes it by a zero byte, which does not count. */
static void take_string(struct header *h, const struct field *field, struct text *out)
{
	text_clear(out);
	if (field->wire != WIRE_BYTES || field->value > STRING_MAX || !text_room(out, field->value + 1)) {
		skip(h, field);
		return;
	}
	header_take(h, out->data, field->value);
	out->len = field->value;
	out->data[out->len] = '\0';
}

struct walk {
	struct header *h;
	bool (*take)(void *ctx, const struct onnx_tensor *tensor);
	void *ctx;
	struct onnx_tensor tensor;
	struct text key, value;
	bool external;
};

/* One of the pairs that describe external data: location, offset, length, and others. */
static void take_entry(struct walk *w, uint64_t end)
{
	struct field field;
	text_clear(&w->key);
	text_clear(&w->value);
	while (next_field(w->h, end, &field))
		if (field.number == ENTRY_KEY)
			take_string(w->h, &field, &w->key);
		else if (field.number == ENTRY_VALUE)
			take_string(w->h, &field, &w->value);
		else
			skip(w->h, &field);
	if (!w->key.len || !w->value.len)
		return;
	if (strcmp(w->key.data, "location") == 0) {
		struct text location = w->value;
		w->value = w->tensor.location;
		w->tensor.location = location;
	} else if (strcmp(w->key.data, "offset") == 0) {
		w->tensor.start = strtoull(w->value.data, NULL, 10);
	} else if (strcmp(w->key.data, "length") == 0) {
		w->tensor.size = strtoull(w->value.data, NULL, 10);
	}
}

/* One field of a tensor. */
static void take_tensor_field(struct walk *w, const struct field *field)
{
	struct header *h = w->h;
	switch (field->number) {
	case TENSOR_NAME:
		take_string(h, field, &w->tensor.name);
		return;
	case TENSOR_DATA_LOCATION:
		w->external = field->wire == WIRE_VARINT && field->value == LOCATION_EXTERNAL;
		skip(h, field);
		return;
	case TENSOR_RAW_DATA:
		if (field->wire == WIRE_BYTES) {
			w->tensor.start = header_pos(h);
			w->tensor.size = field->value;
		}
		skip(h, field);
		return;
	case TENSOR_EXTERNAL_DATA:
		if (field->wire == WIRE_BYTES)
			take_entry(w, header_pos(h) + field->value);
		return;
	default:
		skip(h, field);
	}
}

static bool take_tensor(struct walk *w, uint64_t end)
{
	struct field field;
	text_clear(&w->tensor.name);
	text_clear(&w->tensor.location);
	w->tensor.start = 0;
	w->tensor.size = REGION_TO_NEXT;
	w->external = false;
	while (next_field(w->h, end, &field))
		take_tensor_field(w, &field);
	bool placed = w->external ? w->tensor.location.len > 0 : w->tensor.size != REGION_TO_NEXT;
	return !w->h->failed && (!placed || w->take(w->ctx, &w->tensor));
}

static bool take_graph(struct walk *w, uint64_t end)
{
	struct field field;
	while (next_field(w->h, end, &field))
		if (field.number != GRAPH_INITIALIZER || field.wire != WIRE_BYTES)
			skip(w->h, &field);
		else if (!take_tensor(w, header_pos(w->h) + field.value))
			return false;
	return !w->h->failed;
}

bool onnx_tensors(struct header *h, bool (*take)(void *ctx, const struct onnx_tensor *tensor), void *ctx)
{
	struct walk w = { .h = h, .take = take, .ctx = ctx };
	struct field field;
	bool good = true, graph = false;
	while (good && next_field(h, h->file_size, &field))
		if (field.number != MODEL_GRAPH || field.wire != WIRE_BYTES)
			skip(h, &field);
		else
			good = graph = take_graph(&w, header_pos(h) + field.value);
	if (good && !graph)
		header_refuse(h, "it has no graph");
	text_free(&w.tensor.name);
	text_free(&w.tensor.location);
	text_free(&w.key);
	text_free(&w.value);
	return good && !h->failed;
}
